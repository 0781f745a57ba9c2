package httpapi

import (
	"fmt"
	"net/http"
	"testing"
)

// useCustomer never returns the previous customer, neither while the next one is read nor when there is none.
func TestBrowserOtherCustomer(t *testing.T) {
	f := newFixture(t)
	ids := make([]any, 2)
	for i, name := range []string{"Amina", "Badr"} {
		c := ahmed()
		c["full_name"], c["email"] = name, name+"@example.com"
		ids[i] = f.send("POST", "/api/v1/customers", c).want(http.StatusCreated).str("id")
	}
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.settle()
	got := eval[string](b, fmt.Sprintf(`(async () => {
		const part = name => import(new URL(name, document.querySelector('script[type=module]').src));
		const { html, render } = await part('lib/html.js');
		const { useCustomer, forgetAll } = await part('lib/data.js');
		const Name = ({ id }) => { const one = useCustomer(id); return one === undefined ? 'unknown' : one?.full_name ?? 'none'; };
		const root = document.body.appendChild(document.createElement('div'));
		const show = id => { render(html`+"`<${Name} id=${id} />`"+`, root); return root.textContent; };
		const until = async text => { while (root.textContent !== text) await new Promise(requestAnimationFrame); };
		forgetAll();
		const seen = [show(%[1]q)];
		await until('Amina');
		seen.push(show(%[2]q));
		await until('Badr');
		seen.push(show(%[1]q), show(null), show(%[2]q));
		return seen.join(' ');
	})()`, ids[0], ids[1]))
	if want := "unknown unknown Amina none Badr"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
