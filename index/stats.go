package index

import (
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
	"crm/store/zone"
)

// InteractionStats are statistics of some days. Its JSON is what the API returns.
type InteractionStats struct {
	Total           int            `json:"total_interactions"`
	ByChannel       map[string]int `json:"by_channel"` // every channel
	ByMonth         map[string]int `json:"by_month"`   // the last twelve months in the office's time zone, whatever the window
	AverageDuration *float64       `json:"average_duration"`
	FollowUpsDue    int            `json:"follow_ups_pending"` // that are due by now or have no date
}

// InteractionStats returns statistics of the interactions of the days before now, 24 hours each. The months are those of a time zone.
func (ix *Index) InteractionStats(now store.Time, z *zone.Zone, days int) InteractionStats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	t := ix.interactions
	sum := t.sum(now.Add(-time.Duration(days)*24*time.Hour), now+1)
	stats := InteractionStats{ByChannel: map[string]int{}, ByMonth: t.months(z.Day(now.Std()), z), FollowUpsDue: t.pending(now)}
	for i, channel := range store.Channels {
		stats.ByChannel[channel] = int(sum.channels[i])
	}
	for _, n := range sum.channels {
		stats.Total += int(n)
	}
	if sum.timed > 0 {
		average := float64(sum.minutes) / float64(sum.timed)
		stats.AverageDuration = &average
	}
	return stats
}

// Oldest returns the time of the earliest interaction or feedback, fallback when there is none yet.
func (ix *Index) Oldest(fallback store.Time) store.Time {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if t := ix.interactions; t.byTime.size > 0 {
		fallback = min(fallback, t.time[t.byTime.blocks[0][0]])
	}
	if t := ix.feedback; len(t.time) > 0 { // in the order of time, or nearly so
		fallback = min(fallback, t.time[0])
	}
	return fallback
}

// sum adds up the interactions with from ≤ timestamp < to. It adds the sums of all hours that touch this time, and subtracts their
// interactions outside of it.
func (t *interactions) sum(from, to store.Time) *hour {
	sum := t.newHour()
	first, last := int64(from)/msPerHour, int64(to-1)/msPerHour
	for key := first; key <= last; key++ {
		if h := t.hours[key]; h != nil {
			sum.plus(h)
		}
	}
	t.each(store.Time(first*msPerHour), from, func(row uint32) { sum.add(t.slotOf(row), t.minutes[row], -1) })
	t.each(to, store.Time((last+1)*msPerHour), func(row uint32) { sum.add(t.slotOf(row), t.minutes[row], -1) })
	return sum
}

func (h *hour) plus(o *hour) {
	for i := range h.channels {
		h.channels[i] += o.channels[i]
	}
	h.timed += o.timed
	h.minutes += o.minutes
}

// each calls visit with the rows with from ≤ timestamp < to.
func (t *interactions) each(from, to store.Time, visit func(row uint32)) {
	t.byTime.visit(t.before(from), false, func(row uint32) bool {
		if t.time[row] >= to {
			return false
		}
		visit(row)
		return true
	})
}

// before returns how many interactions have an earlier timestamp.
func (t *interactions) before(at store.Time) int {
	return t.byTime.countBefore(func(row uint32) bool { return t.time[row] >= at })
}

// months counts the interactions of the month that a day is in, and of the eleven before it.
func (t *interactions) months(today zone.Day, z *zone.Zone) map[string]int {
	months := make(map[string]int, 12)
	for i := range 12 {
		first, next := today.Month(-i), today.Month(1-i)
		months[first.String()[:len("2006-01")]] = t.before(store.TimeOf(z.Start(next))) - t.before(store.TimeOf(z.Start(first)))
	}
	return months
}

// pending returns how many follow-ups are due by now or have no date.
func (t *interactions) pending(now store.Time) int {
	undated := int(t.followUp.GetCardinality()) - t.byDue.size
	return undated + t.byDue.countBefore(func(row uint32) bool { return t.due[row] > now })
}

// FeedbackStats are statistics of some days. Its JSON is what the API returns (specification, GET /feedback/stats).
type FeedbackStats struct {
	Total          int            `json:"total_feedback"`
	AverageRating  float64        `json:"average_rating"` // 0 when there is none
	Ratings        map[string]int `json:"rating_distribution"`
	ByService      map[string]int `json:"by_service_type"`
	Sentiments     map[string]int `json:"sentiment_analysis"`
	ResolutionRate float64        `json:"resolution_rate"`    // from 0 to 1
	Pending        int            `json:"pending_resolution"` // open ones of any age
	Trend          []TrendPoint   `json:"trend"`
}

// FeedbackStats returns statistics of the feedback of the days before now, 24 hours each. The days and weeks of the trend are those of a
// time zone.
func (ix *Index) FeedbackStats(now store.Time, z *zone.Zone, days int) FeedbackStats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	t := ix.feedback
	from, to := now.Add(-time.Duration(days)*24*time.Hour), now+1
	window := roaring.And(t.live, between(t.time, &from, &to))
	stats := FeedbackStats{
		Total: int(window.GetCardinality()), Ratings: map[string]int{}, ByService: map[string]int{}, Sentiments: map[string]int{},
		Pending: int(t.live.GetCardinality() - t.resolved.GetCardinality()),
		Trend:   t.trend(window, trendPoints(from, now, z, days)),
	}
	for _, sentiment := range store.Sentiments {
		stats.Sentiments[sentiment] = 0
	}
	for _, service := range store.Services {
		stats.ByService[service] = t.service.count(service, window)
	}
	sum := 0
	for rating := int64(1); rating <= 5; rating++ {
		key := strconv.FormatInt(rating, 10)
		n := t.rating.count(key, window)
		stats.Ratings[key] = n
		stats.Sentiments[store.Sentiment(rating)] += n
		sum += n * int(rating)
	}
	if stats.Total > 0 {
		stats.AverageRating = float64(sum) / float64(stats.Total)
		stats.ResolutionRate = float64(t.resolved.AndCardinality(window)) / float64(stats.Total)
	}
	return stats
}
