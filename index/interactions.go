package index

import (
	"cmp"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// interactions are the facets of the interactions.
type interactions struct {
	ids      ids
	chain    chain
	live     *roaring.Bitmap
	followUp *roaring.Bitmap
	channel  *facet
	staff    *facet
	time     []store.Time
	minutes  []int32 // duration, -1 for none
	byTime   *order
	due      map[uint32]store.Time // follow_up_date of the rows in byDue
	byDue    *order                // rows that need a follow-up and have a date for it
	undated  *roaring.Bitmap       // rows that need a follow-up and have none
	hours    map[int64]*hour
	places   map[string]int // folded channel → its place in an hour
}

// An hour sums the interactions of one hour since 1970.
type hour struct {
	channels []int32 // in the order of store.Channels, and last those of a channel that is not in it
	timed    int32   // interactions with a duration
	minutes  int64
}

func newInteractions() *interactions {
	t := &interactions{
		live: roaring.New(), followUp: roaring.New(), channel: newFacet(), staff: newFacet(),
		due: map[uint32]store.Time{}, undated: roaring.New(), hours: map[int64]*hour{}, places: map[string]int{},
	}
	for i, channel := range store.Channels {
		t.places[store.Fold(channel)] = i
	}
	t.byTime = newOrder(func(a, b uint32) bool { return cmp.Or(cmp.Compare(t.time[a], t.time[b]), cmp.Compare(a, b)) < 0 })
	t.byDue = newOrder(func(a, b uint32) bool { return cmp.Or(cmp.Compare(t.due[a], t.due[b]), cmp.Compare(a, b)) < 0 })
	return t
}

// put takes an interaction as it is now; customer is its customer's row.
func (t *interactions) put(i *store.Interaction, customer uint32) {
	row, known := t.ids.row(i.ID)
	if known {
		t.take(row)
	} else {
		t.grow(row, i.ID, customer)
	}
	t.time[row], t.minutes[row] = i.Timestamp, -1
	if i.DurationMinutes != nil {
		t.minutes[row] = int32(*i.DurationMinutes)
	}
	t.live.Add(row)
	t.channel.put(row, i.Channel)
	t.staff.put(row, idValue(i.StaffMemberID)...)
	t.byTime.add(row)
	t.count(row, 1)
	if i.FollowUpRequired {
		t.followUp.Add(row)
		if i.FollowUpDate != nil {
			t.due[row] = *i.FollowUpDate
			t.byDue.add(row)
		} else {
			t.undated.Add(row)
		}
	}
}

func (t *interactions) grow(row uint32, id store.ID, customer uint32) {
	t.ids = column.Grow(t.ids)
	t.time, t.minutes = column.Grow(t.time), column.Grow(t.minutes)
	t.ids[row] = id
	t.chain.add(customer)
	t.channel.put(row)
	t.staff.put(row)
}

// take undoes put, save for the row itself, which is never used again.
func (t *interactions) take(row uint32) {
	if !t.live.Contains(row) {
		return
	}
	t.followUp.Remove(row)
	t.undated.Remove(row)
	if _, dated := t.due[row]; dated {
		t.byDue.remove(row)
		delete(t.due, row)
	}
	t.byTime.remove(row)
	t.count(row, -1)
	t.live.Remove(row)
	t.channel.clear(row)
	t.staff.clear(row)
}

// remove forgets a deleted interaction.
func (t *interactions) remove(id store.ID) {
	if row, known := t.ids.row(id); known {
		t.take(row)
	}
}

// placeOf is the place in an hour of a row's channel.
func (t *interactions) placeOf(row uint32) int {
	if place, known := t.places[t.channel.first(row)]; known {
		return place
	}
	return len(t.places)
}

func (t *interactions) newHour() *hour { return &hour{channels: make([]int32, len(t.places)+1)} }

func idValue(id *store.ID) []string {
	if id == nil {
		return nil
	}
	return []string{id.String()}
}

const msPerHour = int64(time.Hour / time.Millisecond)

func (t *interactions) count(row uint32, n int32) {
	key := int64(t.time[row]) / msPerHour
	h := t.hours[key]
	if h == nil {
		h = t.newHour()
		t.hours[key] = h
	}
	if h.add(t.placeOf(row), t.minutes[row], n); h.empty() {
		delete(t.hours, key)
	}
}

func (h *hour) add(channel int, minutes, n int32) {
	h.channels[channel] += n
	if minutes >= 0 {
		h.timed += n
		h.minutes += int64(n) * int64(minutes)
	}
}

func (h *hour) empty() bool {
	return h.timed == 0 && h.minutes == 0 && !slices.ContainsFunc(h.channels, func(n int32) bool { return n != 0 })
}

func (h *hour) equal(o *hour) bool {
	return slices.Equal(h.channels, o.channels) && h.timed == o.timed && h.minutes == o.minutes
}

// where is the rows that pass a filter.
func (t *interactions) where(f InteractionFilter, customers ids) *roaring.Bitmap {
	var must []*roaring.Bitmap
	if f.Customer != nil {
		must = append(must, t.chain.rowsOf(*f.Customer, customers))
	}
	if f.Staff != nil {
		must = append(must, t.staff.any(idValue(f.Staff)))
	}
	if f.Channel != "" {
		must = append(must, t.channel.any([]string{f.Channel}))
	}
	if f.From != nil || f.To != nil {
		must = append(must, between(t.time, f.From, f.To))
	}
	if f.Due != nil {
		must = append(must, t.dueRows(*f.Due))
	}
	base := t.live
	if f.FollowUp != nil {
		if base = t.followUp; !*f.FollowUp {
			base = roaring.AndNot(t.live, t.followUp)
		}
	}
	return and(base, must)
}

// between is the rows whose time is from ≤ time < to; nil leaves a side open.
func between(times []store.Time, from, to *store.Time) *roaring.Bitmap {
	low, high := store.Time(-1<<63), store.Time(1<<63-1)
	if from != nil {
		low = *from
	}
	if to != nil {
		high = *to
	}
	rows := column.NewBits(len(times))
	defer rows.Free()
	for row, t := range times {
		if low <= t && t < high {
			rows.Add(uint32(row))
		}
	}
	return rows.Bitmap()
}
