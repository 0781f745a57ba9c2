package index

import (
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
	"crm/store/zone"
)

// A TrendPoint is the feedback of one day, or of one week under the date of its Monday.
type TrendPoint struct {
	Date    string   `json:"date"` // 2026-11-25
	Total   int      `json:"total"`
	Average *float64 `json:"average"` // of the ratings; nil without feedback

	begin store.Time
	sum   int // of the ratings
}

// daily is the largest number of days for which a trend has a point for each day. For more it has one for each week.
const daily = 31

// trend counts the feedback of window in points, the days or weeks that the window touches. The first and the last of them may lie in it
// only partly.
func (t *feedback) trend(window *roaring.Bitmap, points []TrendPoint) []TrendPoint {
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

// trendPoints returns the days or weeks of a time zone from one time to another, with nothing counted.
func trendPoints(from, to store.Time, z *zone.Zone, days int) (points []TrendPoint) {
	day, step := z.Day(from.Std()), zone.Day(1)
	if days > daily {
		day, step = day.Monday(), 7
	}
	for last := z.Day(to.Std()); day <= last; day += step {
		points = append(points, TrendPoint{Date: day.String(), begin: store.TimeOf(z.Start(day))})
	}
	return points
}
