package index

import (
	"cmp"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
	"crm/store/text"
)

// interactions are the facets of the interactions.
type interactions struct {
	ids      ids
	chain    chain
	live     *roaring.Bitmap // rows that are not deleted
	followUp *roaring.Bitmap // rows that need a follow-up
	channel  *facet
	staff    *facet
	time     []store.Time
	minutes  []int32 // duration, -1 for none
	byTime   *order
	due      map[uint32]store.Time // follow_up_date of the rows in byDue
	byDue    *order                // rows that need a follow-up and have a date for it
	undated  *roaring.Bitmap       // rows that need a follow-up and have no date for it
	hours    map[int64]*hour       // by hours since 1970
	slots    map[string]int        // folded channel → its index in hour.channels
}

// An hour has the sums of the interactions of one hour.
type hour struct {
	channels []int32 // in the order of store.Channels, and last those of all other channels
	timed    int32   // interactions with a duration
	minutes  int64
}

func newInteractions() *interactions {
	t := &interactions{
		live: roaring.New(), followUp: roaring.New(), channel: newFacet(), staff: newFacet(),
		due: map[uint32]store.Time{}, undated: roaring.New(), hours: map[int64]*hour{}, slots: map[string]int{},
	}
	for i, channel := range store.Channels {
		t.slots[text.Fold(channel)] = i
	}
	t.byTime = newOrder(func(a, b uint32) bool { return cmp.Or(cmp.Compare(t.time[a], t.time[b]), cmp.Compare(a, b)) < 0 })
	t.byDue = newOrder(func(a, b uint32) bool { return cmp.Or(cmp.Compare(t.due[a], t.due[b]), cmp.Compare(a, b)) < 0 })
	return t
}

// put adds or replaces an interaction, and returns its time before, Never for one that was not there. customer is its customer's row, or
// noCustomer.
func (t *interactions) put(i *store.Interaction, customer uint32) (before store.Time) {
	before = store.Never
	row, known := t.ids.row(i.ID)
	if known {
		before = t.clear(row)
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
	return before
}

func (t *interactions) grow(row uint32, id store.ID, customer uint32) {
	t.ids = column.Grow(t.ids)
	t.time, t.minutes = column.Grow(t.time), column.Grow(t.minutes)
	t.ids[row] = id
	t.chain.add(customer)
	t.channel.put(row)
	t.staff.put(row)
}

// clear removes a row from everything but the columns and the chain, and returns its time, Never where it was removed before.
func (t *interactions) clear(row uint32) store.Time {
	if !t.live.Contains(row) {
		return store.Never
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
	return t.time[row]
}

// remove removes a deleted interaction and returns its time, Never for one that is not there. Its row is not used again.
func (t *interactions) remove(id store.ID) store.Time {
	if row, known := t.ids.row(id); known {
		return t.clear(row)
	}
	return store.Never
}

// newestOf returns the newest time of a customer's interactions, Never where there are none.
func (t *interactions) newestOf(customer uint32) store.Time {
	newest := store.Never
	for row := range t.chain.rows(customer) {
		if t.live.Contains(row) {
			newest = max(newest, t.time[row])
		}
	}
	return newest
}

// slotOf returns the index in hour.channels of a row's channel.
func (t *interactions) slotOf(row uint32) int {
	if slot, known := t.slots[t.channel.first(row)]; known {
		return slot
	}
	return len(t.slots)
}

func (t *interactions) newHour() *hour { return &hour{channels: make([]int32, len(t.slots)+1)} }

func idValue(id *store.ID) []string {
	if id == nil {
		return nil
	}
	return []string{id.String()}
}

const msPerHour = int64(time.Hour / time.Millisecond)

// count adds a row n times to the sums of its hour.
func (t *interactions) count(row uint32, n int32) {
	key := int64(t.time[row]) / msPerHour
	h := t.hours[key]
	if h == nil {
		h = t.newHour()
		t.hours[key] = h
	}
	if h.add(t.slotOf(row), t.minutes[row], n); h.empty() {
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

// where returns the rows that pass a filter. The caller must not change the bitmap.
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
	return intersect(base, must)
}

// between returns the rows with from ≤ time < to. A nil leaves a side open.
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
