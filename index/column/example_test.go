package column_test

import (
	"fmt"

	"crm/index/column"
)

// Columns have a value for each row. Bits is a set of rows.
func Example() {
	var ages column.Narrow
	var names column.Texts
	for row, name := range []string{"Salma", "Omar", "Zineb"} {
		ages.Grow()
		ages.Set(uint32(row), uint32(30*row))
		names.Put(uint32(row), []byte(name))
	}
	adults := column.NewBits(ages.Len())
	defer adults.Free()
	for row := range uint32(ages.Len()) {
		if ages.Get(row) >= 18 {
			adults.Add(row)
		}
	}
	adults.Each(0, len(adults), func(row uint32) { fmt.Printf("%s is %d\n", names.Get(row), ages.Get(row)) })
	// Output:
	// Omar is 30
	// Zineb is 60
}
