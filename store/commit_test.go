package store

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// hold keeps the committer busy until release is called: what is queued meanwhile shares a batch.
func hold(t testing.TB, s *Store) (release func()) {
	t.Helper()
	entered, gate, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if _, err := s.Update(By{}, func(*Tx) error { close(entered); <-gate; return nil }); err != nil {
			t.Errorf("hold: %v", err)
		}
	}()
	<-entered
	return func() { close(gate); <-done }
}

// queued is a call of Update that waits for its batch.
type queued struct {
	by   By
	fn   func(*Tx) error
	seq  uint64
	err  error
	runs int
}

// together runs the calls in one batch, in their order.
func together(t testing.TB, s *Store, calls ...*queued) {
	t.Helper()
	var wg sync.WaitGroup
	release := hold(t, s)
	for i, c := range calls {
		wg.Go(func() {
			c.seq, c.err = s.Update(c.by, func(tx *Tx) error { c.runs++; return c.fn(tx) })
		})
		for len(s.queue) <= i {
			runtime.Gosched()
		}
	}
	release()
	wg.Wait()
}

func creating(email string, then func() error) func(*Tx) error {
	return func(tx *Tx) error {
		if _, err := tx.CreateCustomer(person(email), nil); err != nil {
			return err
		}
		return then()
	}
}

func fine() error { return nil }

func emails(t testing.TB, s *Store) (list []string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for id := range tx.Customers(ID{}) {
			c, err := tx.Customer(id)
			if err != nil {
				return err
			}
			list = append(list, c.Email)
		}
		return nil
	})
	return list
}

func TestSameEmailAtOnce(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	errs := make([]error, 64)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Update(By{}, creating("a@example.com", fine)) })
	}
	wg.Wait()
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
		} else if !errors.Is(err, ErrEmailTaken) {
			t.Errorf("got %v, want %v", err, ErrEmailTaken)
		}
	}
	if got := emails(t, s); created != 1 || len(got) != 1 {
		t.Errorf("%d calls succeeded and %d customers are there, want 1", created, len(got))
	}
}

func TestBatchSharesACommit(t *testing.T) {
	s := open(t)
	before := commits(t, s)
	_, changed := s.Changed()
	calls := make([]*queued, 100)
	for i := range calls {
		calls[i] = &queued{fn: creating(email(i), fine)}
	}
	together(t, s, calls...)
	for i, c := range calls {
		if c.err != nil || c.seq != uint64(i+1) {
			t.Errorf("call %d: sequence %d, error %v", i, c.seq, c.err)
		}
	}
	if got := commits(t, s) - before; got != 1 {
		t.Errorf("%d commits, want 1", got)
	}
	select {
	case <-changed:
	default:
		t.Error("followers were not told")
	}
	if seq, _ := s.Changed(); seq != 100 || s.Seq() != 100 {
		t.Errorf("sequence %d and %d, want 100", seq, s.Seq())
	}
}

func TestRefusalsCostNoCommit(t *testing.T) {
	s := open(t)
	createCustomer(t, s, "a@example.com")
	before := commits(t, s)
	_, changed := s.Changed()
	together(t, s, &queued{fn: creating("A@example.com", fine)}, &queued{fn: creating("no e-mail", fine)},
		&queued{fn: func(*Tx) error { panic("before any write") }}, &queued{fn: func(*Tx) error { return nil }})
	if got := commits(t, s) - before; got != 0 {
		t.Errorf("%d commits, want 0", got)
	}
	select {
	case <-changed:
		t.Error("followers were told of nothing")
	default:
	}
}

func TestFailureHarmsNobodyElse(t *testing.T) {
	broken := errors.New("broken")
	fail := func() error { return broken }
	collapse := func() error { panic("collapsed") }
	tests := []struct {
		name  string
		calls []*queued
		want  []error // errors.Is; a PanicError stands for every panic
	}{
		{"fails after writing", []*queued{
			{fn: creating("a@example.com", fine)}, {fn: creating("b@example.com", fail)}, {fn: creating("c@example.com", fine)},
		}, []error{nil, broken, nil}},
		{"panics after writing", []*queued{
			{fn: creating("a@example.com", fine)}, {fn: creating("b@example.com", collapse)}, {fn: creating("c@example.com", fine)},
		}, []error{nil, &PanicError{}, nil}},
		{"panics before writing", []*queued{
			{fn: func(*Tx) error { return collapse() }}, {fn: creating("c@example.com", fine)},
		}, []error{&PanicError{}, nil}},
		{"several fail", []*queued{
			{fn: creating("a@example.com", fail)}, {fn: creating("b@example.com", collapse)}, {fn: creating("c@example.com", fine)},
			{fn: creating("d@example.com", fail)},
		}, []error{broken, &PanicError{}, nil, broken}},
		{"all fail", []*queued{
			{fn: creating("a@example.com", fail)}, {fn: creating("b@example.com", collapse)},
		}, []error{broken, &PanicError{}}},
		{"what a failure had taken is free", []*queued{
			{fn: creating("a@example.com", fail)}, {fn: creating("A@example.com", fine)}, {fn: creating("a@EXAMPLE.com", fine)},
		}, []error{broken, nil, ErrEmailTaken}},
		{"refused without writing", []*queued{
			{fn: creating("a@example.com", fine)}, {fn: creating("A@example.com", fail)}, {fn: creating("c@example.com", fine)},
		}, []error{nil, ErrEmailTaken, nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			together(t, s, tt.calls...)
			kept := 0
			for i, c := range tt.calls {
				want := tt.want[i]
				if _, ok := errors.AsType[*PanicError](want); ok {
					if got, ok := errors.AsType[*PanicError](c.err); !ok || got.Value != "collapsed" || len(got.Stack) == 0 {
						t.Errorf("call %d: got %v, want a panic", i, c.err)
					}
				} else if !errors.Is(c.err, want) {
					t.Errorf("call %d: got %v, want %v", i, c.err, want)
				}
				if want == nil {
					if kept++; c.seq != uint64(kept) {
						t.Errorf("call %d: sequence %d, want %d", i, c.seq, kept)
					}
				}
			}
			if got := emails(t, s); len(got) != kept || s.Seq() != uint64(kept) {
				t.Errorf("kept %v, sequence %d; want %d of them", got, s.Seq(), kept)
			}
			createCustomer(t, s, "later@example.com") // the committer lives
		})
	}
}

func TestAdmit(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	before := commits(t, s)
	phone := func(phone string) func(*Tx) error {
		return func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Phone = phone; return nil })
			return err
		}
	}
	tests := []struct {
		name  string
		fn    func(*Tx) error
		asked int
	}{
		{"invalid", creating("none", fine), 0},
		{"e-mail taken", creating("A@example.com", fine), 0},
		{"nothing changes", phone("0612345678"), 0},
		{"not found", func(tx *Tx) error { return tx.DeleteInteraction(id) }, 0},
		{"unknown customer", func(tx *Tx) error { _, err := tx.CreateInteraction(&Interaction{}, nil); return err }, 0},
		{"would be created", creating("b@example.com", fine), 1},
		{"would be changed", phone("1"), 1},
		{"two writes", func(tx *Tx) error { return errors.Join(creating("c@example.com", fine)(tx), phone("2")(tx)) }, 1},
	}
	full := errors.New("over the limit")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			_, err := s.Update(By{Admit: func() error { asked++; return full }}, tt.fn)
			if asked != tt.asked || errors.Is(err, full) != (tt.asked > 0) {
				t.Errorf("asked %d times, error %v; want %d times", asked, err, tt.asked)
			}
		})
	}
	if got := commits(t, s) - before; got != 0 {
		t.Errorf("%d commits, want 0: all were refused", got)
	}
}

func TestAdmitIsAskedOnceInABatchThatRunsAgain(t *testing.T) {
	s := open(t)
	asked := 0
	good := &queued{by: By{Admit: func() error { asked++; return nil }}, fn: creating("a@example.com", fine)}
	together(t, s, good, &queued{fn: creating("b@example.com", func() error { return errors.New("broken") })})
	if good.err != nil || good.runs != 2 || asked != 1 {
		t.Errorf("ran %d times, asked %d times, error %v; want 2, 1, none", good.runs, asked, good.err)
	}
}

func TestClosed(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(By{}, func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("update: got %v, want %v", err, ErrClosed)
	}
	if err := s.View(func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("view: got %v, want %v", err, ErrClosed)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestCloseAmongWrites(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		acked []string
	)
	for w := range 16 {
		wg.Go(func() {
			for i := range 1000 {
				name := fmt.Sprintf("w%d-%d@example.com", w, i)
				_, err := s.Update(By{}, creating(name, fine))
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("got %v, want %v", err, ErrClosed)
					return
				}
				mu.Lock()
				acked = append(acked, name)
				mu.Unlock()
			}
		})
	}
	for s.Seq() < 50 {
		runtime.Gosched()
	}
	for range 4 {
		wg.Go(func() {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	wg.Wait()
	got := emails(t, openAt(t, dir))
	slices.Sort(got)
	slices.Sort(acked)
	if !slices.Equal(got, acked) {
		t.Errorf("%d customers are there, %d were acknowledged", len(got), len(acked))
	}
}
