package index

import (
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// A TrendPoint is the feedback of one day, or of one week under the date of its Monday.
type TrendPoint struct {
	Date    string   `json:"date"` // 2026-11-25
	Total   int      `json:"total"`
	Average *float64 `json:"average"` // of the ratings; nil without feedback

	begin store.Time
	sum   int // of the ratings
}

// daily is up to how many days a trend has a point for each, and not for each week.
const daily = 31

// trend divides the feedback of a window, from ≤ submitted_at ≤ to, among the days or weeks that the window touches. The first and
// the last of them may lie in it only partly.
func (t *feedback) trend(window *roaring.Bitmap, from, to time.Time, days int) []TrendPoint {
	points := trendPoints(from.In(to.Location()), to, days)
	for rating := 1; rating <= 5; rating++ {
		rows := t.rating.with(strconv.Itoa(rating))
		if rows == nil {
			continue
		}
		i := 0 // rows are in the order of time, or nearly so
		roaring.And(window, rows).Iterate(func(row uint32) bool {
			for points[i].begin > t.time[row] {
				i--
			}
			for i+1 < len(points) && points[i+1].begin <= t.time[row] {
				i++
			}
			points[i].Total++
			points[i].sum += rating
			return true
		})
	}
	for i := range points {
		if p := &points[i]; p.Total > 0 {
			p.Average = new(float64(p.sum) / float64(p.Total))
		}
	}
	return points
}

// trendPoints are the days or weeks from one time to another, with nothing counted.
func trendPoints(from, to time.Time, days int) (points []TrendPoint) {
	year, month, day := from.Date()
	step := 1
	if days > daily {
		step = 7
		day -= (int(from.Weekday()) + 6) % 7 // since Monday
	}
	for {
		begin := time.Date(year, month, day, 0, 0, 0, 0, to.Location())
		if begin.After(to) {
			return points
		}
		points = append(points, TrendPoint{Date: begin.Format(time.DateOnly), begin: store.TimeOf(begin)})
		day += step
	}
}
