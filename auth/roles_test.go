package auth_test

import (
	"encoding/json"
	"slices"
	"testing"

	"crm/auth"

	"github.com/google/uuid"
)

// Clients keep the ids and show the roles in this order.
func TestRolesAreFixed(t *testing.T) {
	var names []string
	for i, role := range auth.Roles() {
		names = append(names, role.Name)
		if want := "8d1c7f0a-6b57-4f0e-9a51-2f1f0c6d1a0" + string('1'+rune(i)); role.ID != want || uuid.Validate(role.ID) != nil {
			t.Errorf("id of %s = %s, want %s", role.Name, role.ID, want)
		}
		if found, ok := auth.RoleByName(role.Name); !ok || found != role {
			t.Errorf("RoleByName(%q) = %v, %v", role.Name, found, ok)
		}
	}
	if want := []string{"admin", "manager", "agent", "viewer"}; !slices.Equal(names, want) {
		t.Errorf("roles = %v, want %v", names, want)
	}
	if _, ok := auth.RoleByName("Admin"); ok {
		t.Error(`RoleByName("Admin") found a role, names are exact`)
	}
}

func TestRoleAsJSON(t *testing.T) {
	got, err := json.Marshal(auth.Role{ID: "i", Name: "n", DisplayName: "dn", Description: "d"})
	if want := `{"id":"i","name":"n","display_name":"dn","description":"d"}`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

func TestRolesCannotBeChangedByCallers(t *testing.T) {
	auth.Roles()[0].Name = "owner"
	if got := auth.Roles()[0].Name; got != "admin" {
		t.Errorf("first role = %s, want admin", got)
	}
	auth.PermissionsOf([]string{"viewer"})[0] = "*:*:*"
	if auth.Allows(auth.PermissionsOf([]string{"viewer"}), "crm:delete:customers") {
		t.Error("a caller has widened the viewer role")
	}
}

func TestPermissionsOf(t *testing.T) {
	for _, test := range []struct {
		name  string
		roles []string
		count int
		can   []string
		not   []string
	}{
		{"admin", []string{"admin"}, 28,
			[]string{"auth:delete:users", "crm:delete:segments", "crm:create:backups"}, []string{"auth:erase:users"}},
		{"manager", []string{"manager"}, 20,
			[]string{"auth:read:users", "crm:delete:segments"}, []string{"auth:create:users", "auth:update:users", "crm:read:status"}},
		{"agent", []string{"agent"}, 10,
			[]string{"crm:create:customers", "crm:update:feedback", "crm:read:segments"},
			[]string{"crm:delete:customers", "crm:update:segments", "auth:read:users", "crm:export:customers"}},
		{"viewer", []string{"viewer"}, 4,
			[]string{"crm:read:customers", "crm:read:segments"}, []string{"crm:create:customers"}},
		{"two overlapping", []string{"viewer", "agent"}, 10, []string{"crm:read:segments", "crm:create:feedback"}, nil},
		{"none", nil, 0, nil, []string{"crm:read:customers"}},
		{"unknown", []string{"owner"}, 0, nil, []string{"crm:read:customers"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := auth.PermissionsOf(test.roles)
			if got == nil || len(got) != test.count || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("got %d permissions %q, want %d, sorted, each once", len(got), got, test.count)
			}
			for _, permission := range test.can {
				if !slices.Contains(got, permission) {
					t.Errorf("%s is missing", permission)
				}
			}
			for _, permission := range test.not {
				if auth.Allows(got, permission) {
					t.Errorf("%s is allowed", permission)
				}
			}
		})
	}
}
