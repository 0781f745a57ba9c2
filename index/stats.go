package index

import (
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// InteractionStats are the numbers of a window of time; its JSON is what the API returns.
type InteractionStats struct {
	Total           int            `json:"total_interactions"`
	ByChannel       map[string]int `json:"by_channel"` // every channel
	ByMonth         map[string]int `json:"by_month"`   // the last twelve months in the office's time zone, whatever the window
	AverageDuration *float64       `json:"average_duration"`
	FollowUpsDue    int            `json:"follow_ups_pending"` // required, and due by now or without a date
}

// InteractionStats counts the interactions of the days before now; months are those of now's time zone.
func (ix *Index) InteractionStats(now time.Time, days int) InteractionStats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	t := ix.interactions
	sum := t.sum(store.TimeOf(now.Add(-time.Duration(days)*24*time.Hour)), store.TimeOf(now)+1)
	stats := InteractionStats{ByChannel: map[string]int{}, ByMonth: t.months(now), FollowUpsDue: t.pending(store.TimeOf(now))}
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

// sum adds up the interactions with from ≤ timestamp < to: the hours that the window touches from their sums, less
// what they have outside of it.
func (t *interactions) sum(from, to store.Time) *hour {
	sum := t.newHour()
	first, last := int64(from)/msPerHour, int64(to-1)/msPerHour
	for key := first; key <= last; key++ {
		if h := t.hours[key]; h != nil {
			sum.plus(h)
		}
	}
	t.each(store.Time(first*msPerHour), from, func(row uint32) { sum.add(t.placeOf(row), t.minutes[row], -1) })
	t.each(to, store.Time((last+1)*msPerHour), func(row uint32) { sum.add(t.placeOf(row), t.minutes[row], -1) })
	return sum
}

func (h *hour) plus(o *hour) {
	for i := range h.channels {
		h.channels[i] += o.channels[i]
	}
	h.timed += o.timed
	h.minutes += o.minutes
}

// each visits the rows with from ≤ timestamp < to.
func (t *interactions) each(from, to store.Time, visit func(row uint32)) {
	t.byTime.visit(t.before(from), false, func(row uint32) bool {
		if t.time[row] >= to {
			return false
		}
		visit(row)
		return true
	})
}

// before is how many interactions have an earlier timestamp.
func (t *interactions) before(at store.Time) int {
	return t.byTime.rank(func(row uint32) bool { return t.time[row] >= at })
}

func (t *interactions) months(now time.Time) map[string]int {
	months := make(map[string]int, 12)
	start := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	for i := range 12 {
		from, to := start.AddDate(0, -i, 0), start.AddDate(0, 1-i, 0)
		months[from.Format("2006-01")] = t.before(store.TimeOf(to)) - t.before(store.TimeOf(from))
	}
	return months
}

// pending is how many follow-ups are due by now or have no date.
func (t *interactions) pending(now store.Time) int {
	undated := int(t.followUp.GetCardinality()) - t.byDue.size
	return undated + t.byDue.rank(func(row uint32) bool { return t.due[row] > now })
}

// FeedbackStats are the numbers of a window of time; its JSON is what the API returns (specification, GET /feedback/stats).
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

// FeedbackStats counts the feedback of the days before now; the days and weeks of the trend are those of now's time zone.
func (ix *Index) FeedbackStats(now time.Time, days int) FeedbackStats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	t := ix.feedback
	from, to := store.TimeOf(now.Add(-time.Duration(days)*24*time.Hour)), store.TimeOf(now)+1
	window := roaring.And(t.live, between(t.time, &from, &to))
	stats := FeedbackStats{
		Total: int(window.GetCardinality()), Ratings: map[string]int{}, ByService: map[string]int{}, Sentiments: map[string]int{},
		Pending: int(t.live.GetCardinality() - t.resolved.GetCardinality()),
		Trend:   t.trend(window, now.Add(-time.Duration(days)*24*time.Hour), now, days),
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
