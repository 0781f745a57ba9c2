package store

import (
	"bytes"
	"encoding/json"

	"crm/store/kv"
)

// Up to schema 2 the counts of an activity were arrays. These are the names of their elements, which never change.
var (
	countedChannels = [6]string{"email", "phone", "chat", "in-person", "whatsapp", "sms"}
	countedServices = [6]string{"Tour", "Booking", "Support", "Transport", "Accommodation", "General"}
)

// nameCounts rewrites the activities of customers with a name for each count.
func nameCounts(pairs *kv.Tx) error {
	const chunk = 10_000
	for from := []byte{}; from != nil; {
		var list []entry
		for key, raw := range pairs.Scan(bucketActivity, from) {
			if len(list) == chunk {
				break
			}
			named, err := namedActivity(raw)
			if err != nil { // Check reports it, and Repair repairs it
				continue
			}
			list = append(list, entry{bytes.Clone(key), named})
		}
		from = nil
		for _, e := range list {
			if err := pairs.Put(bucketActivity, e.key, e.value); err != nil {
				return err
			}
			from = append(e.key, 0)
		}
	}
	return nil
}

func namedActivity(raw []byte) ([]byte, error) {
	var old struct {
		Activity
		Channels [6]int64 `json:"channels"`
		Services [6]int64 `json:"services"`
	}
	if err := json.Unmarshal(raw, &old); err != nil {
		return nil, err
	}
	a := Activity{Ratings: old.Ratings, LastFeedback: old.LastFeedback}
	for i, n := range old.Channels {
		a.Channels.add(countedChannels[i], n)
	}
	for i, n := range old.Services {
		a.Services.add(countedServices[i], n)
	}
	return Encode(a)
}
