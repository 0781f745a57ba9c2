package auth

import "slices"

// A Role is a named set of permissions. Users refer to roles by name. The ids never change, so that clients may store them.
type Role struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Description string `json:"description"`
}

var roles = []Role{
	{"8d1c7f0a-6b57-4f0e-9a51-2f1f0c6d1a01", "admin", "Administrator", "Everything, including the people who sign in"},
	{"8d1c7f0a-6b57-4f0e-9a51-2f1f0c6d1a02", "manager", "Manager", "All customer work and segments; sees users"},
	{"8d1c7f0a-6b57-4f0e-9a51-2f1f0c6d1a03", "agent", "Agent", "Day-to-day work with customers, interactions and feedback"},
	{"8d1c7f0a-6b57-4f0e-9a51-2f1f0c6d1a04", "viewer", "Viewer", "Reads, changes nothing"},
}

// permitted lists every permission of each role, without wildcards, because clients use the list for their menus.
var permitted = map[string][]string{
	"admin": slices.Concat(
		product("crm", everyAction, everyKind),
		product("auth", everyAction, []string{"users"}),
		product("crm", []string{"create", "read"}, []string{"backups"}),
		product("crm", []string{"read"}, []string{"history", "audit", "status"}),
		product("crm", []string{"export"}, exported),
		[]string{"crm:erase:customers"}),
	"manager": slices.Concat(
		product("crm", everyAction, everyKind),
		product("crm", []string{"export"}, exported),
		[]string{"auth:read:users", "crm:read:history"}),
	"agent": slices.Concat(
		product("crm", []string{"create", "read", "update"}, []string{"customers", "interactions", "feedback"}),
		[]string{"crm:read:segments"}),
	"viewer": product("crm", []string{"read"}, everyKind),
}

var (
	everyAction = []string{"create", "read", "update", "delete"}
	everyKind   = []string{"customers", "interactions", "feedback", "segments"}
	exported    = []string{"customers", "feedback"} // kinds whose lists can be exported
)

func product(area string, actions, kinds []string) []string {
	var names []string
	for _, action := range actions {
		for _, kind := range kinds {
			names = append(names, area+":"+action+":"+kind)
		}
	}
	return names
}

// Roles returns every role, the most powerful first. The caller owns the slice.
func Roles() []Role { return slices.Clone(roles) }

// RoleNames returns the names of all roles.
func RoleNames() []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Name
	}
	return names
}

// RoleByName returns the role with a name.
func RoleByName(name string) (Role, bool) {
	i := slices.IndexFunc(roles, func(r Role) bool { return r.Name == name })
	if i < 0 {
		return Role{}, false
	}
	return roles[i], true
}

// PermissionsOf returns the permissions of several roles, sorted and without repetitions; never nil. It ignores unknown names.
func PermissionsOf(names []string) []string {
	union := []string{}
	for _, name := range names {
		union = append(union, permitted[name]...)
	}
	slices.Sort(union)
	return slices.Compact(union)
}
