package doctor

import (
	"slices"
	"time"

	"crm/store"
	"crm/store/zone"
)

// maxZoneData is how old zone data may be: governments change their clocks every few weeks.
const maxZoneData = 365 * 24 * time.Hour

// Zone examines the rules of the office's clock, and compares them with the machine's own, or nil if it has none.
func Zone(office *zone.Zone, machine *zone.Data, now time.Time) []Finding {
	d := diagnosis{now: now}
	data, code := office.Data(), ZoneRules
	if now.Sub(data.Released) > maxZoneData {
		code = ZoneRulesOld
	}
	d.add(code, store.Facts{"zone": office.Name(), "offset": clockOffset(office, now), "version": data.Version})
	if machine == nil {
		return d.found
	}
	if other, err := machine.Zone(office.Name()); err == nil {
		d.otherRules(office, other)
	}
	return d.found
}

// otherRules compares the offsets of the office's clock now and in the next year with those that the machine's data gives.
func (d *diagnosis) otherRules(office, other *zone.Zone) {
	end := d.now.AddDate(1, 0, 0)
	for _, o := range slices.Concat(office.Offsets(d.now, end), other.Offsets(d.now, end)) {
		if office.Offset(o.From) != other.Offset(o.From) {
			d.add(ZoneRulesDiffer, store.Facts{"zone": office.Name(), "machine": clockOffset(other, o.From), "offset": clockOffset(office, o.From), "time": store.TimeOf(o.From)})
			return
		}
	}
}

// clockOffset returns how far a zone's clocks are ahead of UTC, as in +01:00.
func clockOffset(z *zone.Zone, at time.Time) string { return at.In(z.Location()).Format("-07:00") }
