package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"crm/httpapi/console"
)

// base is the path of the API; version is a second path, which the samples of the specification use.
const (
	base    = "/api/v1"
	version = "/v1"
)

// A route is one operation. Variables of its path whose names end in _id are UUIDs.
type route struct {
	method     string
	path       string // below base, or from the root if it begins with "//"
	permission string // which the caller needs; or open, or anyone
	body       bool   // whether the body has a JSON object
	handle     func(*API, *call) error
}

const (
	open   = "open"   // needs no token
	anyone = "anyone" // needs a token, but no permission
)

// routes has every operation of the API. Frequent ones come first, because the router searches in this order.
var routes = []route{
	{"GET", "/customers", "crm:read:customers", false, (*API).listCustomers},
	{"POST", "/customers", "crm:create:customers", true, (*API).createCustomer},
	{"GET", "/customers/export.csv", "crm:export:customers", false, (*API).exportCustomers},
	{"GET", "/customers/values", "crm:read:customers", false, (*API).getCustomerValues},
	{"POST", "/customers/tags", "crm:update:customers", true, (*API).tagCustomers},
	{"GET", "/customers/{customer_id}", "crm:read:customers", false, (*API).getCustomer},
	{"PUT", "/customers/{customer_id}", "crm:update:customers", true, (*API).updateCustomer},
	{"PATCH", "/customers/{customer_id}", "crm:update:customers", true, (*API).updateCustomer},
	{"DELETE", "/customers/{customer_id}", "crm:delete:customers", false, (*API).deleteCustomer},
	{"GET", "/customers/{customer_id}/summary", "crm:read:customers", false, (*API).getSummary},
	{"GET", "/customers/{customer_id}/history", "crm:read:history", false, (*API).getHistory},
	{"GET", "/customers/{customer_id}/export", "crm:export:customers", false, (*API).exportCustomer},
	{"POST", "/customers/{customer_id}/erase", "crm:erase:customers", false, (*API).eraseCustomer},
	{"GET", "/customers/{customer_id}/segments", "crm:read:segments", false, (*API).customerSegments},

	{"GET", "/interactions", "crm:read:interactions", false, (*API).listInteractions},
	{"POST", "/interactions", "crm:create:interactions", true, (*API).createInteraction},
	{"GET", "/interactions/stats", "crm:read:interactions", false, (*API).interactionStats},
	{"GET", "/interactions/customer/{customer_id}", "crm:read:interactions", false, (*API).listCustomerInteractions},
	{"GET", "/interactions/{interaction_id}", "crm:read:interactions", false, (*API).getInteraction},
	{"PUT", "/interactions/{interaction_id}", "crm:update:interactions", true, (*API).updateInteraction},
	{"PATCH", "/interactions/{interaction_id}", "crm:update:interactions", true, (*API).updateInteraction},
	{"DELETE", "/interactions/{interaction_id}", "crm:delete:interactions", false, (*API).deleteInteraction},
	{"POST", "/interactions/{interaction_id}/complete", "crm:update:interactions", false, (*API).completeFollowUp},
	{"POST", "/interactions/{interaction_id}/snooze", "crm:update:interactions", true, (*API).snoozeFollowUp},

	{"GET", "/feedback", "crm:read:feedback", false, (*API).listFeedback},
	{"POST", "/feedback", "crm:create:feedback", true, (*API).createFeedback},
	{"GET", "/feedback/export.csv", "crm:export:feedback", false, (*API).exportFeedback},
	{"GET", "/feedback/stats", "crm:read:feedback", false, (*API).feedbackStats},
	{"GET", "/feedback/customer/{customer_id}", "crm:read:feedback", false, (*API).listCustomerFeedback},
	{"GET", "/feedback/{feedback_id}", "crm:read:feedback", false, (*API).getFeedback},
	{"PUT", "/feedback/{feedback_id}", "crm:update:feedback", true, (*API).updateFeedback},
	{"PATCH", "/feedback/{feedback_id}", "crm:update:feedback", true, (*API).updateFeedback},
	{"DELETE", "/feedback/{feedback_id}", "crm:delete:feedback", false, (*API).deleteFeedback},

	{"GET", "/segments", "crm:read:segments", false, (*API).listSegments},
	{"POST", "/segments", "crm:create:segments", true, (*API).createSegment},
	{"POST", "/segments/preview", "crm:read:segments", true, (*API).previewSegment},
	{"POST", "/segments/recalculate", "crm:update:segments", false, (*API).recalculate},
	{"POST", "/segments/customer/{customer_id}/assign", "crm:update:segments", false, (*API).assignSegments},
	{"GET", "/segments/{segment_id}", "crm:read:segments", false, (*API).getSegment},
	{"PUT", "/segments/{segment_id}", "crm:update:segments", true, (*API).updateSegment},
	{"PATCH", "/segments/{segment_id}", "crm:update:segments", true, (*API).updateSegment},
	{"DELETE", "/segments/{segment_id}", "crm:delete:segments", false, (*API).deleteSegment},
	{"GET", "/segments/{segment_id}/customers", "crm:read:segments", false, (*API).segmentCustomers},

	{"POST", "/auth/login", open, true, (*API).login},
	{"POST", "/auth/refresh", open, true, (*API).refresh},
	{"POST", "/auth/logout", anyone, false, (*API).logout},
	{"POST", "/auth/password", anyone, true, (*API).changePassword},
	{"GET", "/auth/me", anyone, false, (*API).me},
	{"GET", "/auth/permissions", anyone, false, (*API).myPermissions},

	{"GET", "/users", "auth:read:users", false, (*API).listUsers},
	{"POST", "/users", "auth:create:users", true, (*API).createUser},
	{"GET", "/users/{user_id}", "auth:read:users", false, (*API).getUser},
	{"PUT", "/users/{user_id}", "auth:update:users", true, (*API).updateUser},
	{"PATCH", "/users/{user_id}", "auth:update:users", true, (*API).updateUser},
	{"DELETE", "/users/{user_id}", "auth:delete:users", false, (*API).deleteUser},
	{"GET", "/roles", "auth:read:users", false, (*API).listRoles},

	{"GET", "/events", anyone, false, (*API).events},

	{"GET", "/audit", "crm:read:audit", false, (*API).listAudit},
	{"GET", "/backups", "crm:read:backups", false, (*API).listBackups},
	{"POST", "/backups", "crm:create:backups", true, (*API).createBackup},

	{"GET", "/status", "crm:read:status", false, (*API).status},

	{"GET", "", open, false, (*API).describe},
	{"GET", "//", open, false, (*API).home},
	{"GET", "//health", open, false, (*API).health},
	{"GET", "//livez", open, false, (*API).livez},
	{"GET", "//readyz", open, false, (*API).readyz},
	{"GET", "//openapi.json", open, false, (*API).openapiJSON},
	{"GET", "//openapi.yaml", open, false, (*API).openapiYAML},
	{"GET", "//docs", open, false, (*API).docs},
	{"GET", "//docs/{asset}", open, false, (*API).docs},
	{"GET", "//manual", open, false, (*API).manualContents},
	{"GET", "//manual/{topic}", open, false, (*API).manualPage},
}

// full returns the route's path from the root.
func (r *route) full() string {
	if root, ok := strings.CutPrefix(r.path, "/"); ok && strings.HasPrefix(root, "/") {
		return root
	}
	return base + r.path
}

// router returns a router with one entry for each path. The resource of a path decides which methods it has, because gorilla/mux answers
// 404 to a wrong method in a subrouter.
func (a *API) router() http.Handler {
	router := mux.NewRouter().SkipClean(true)
	resources := make(map[string]resource)
	for i := range routes {
		path := routes[i].full()
		if resources[path] == nil {
			resources[path] = make(resource)
			router.Handle(path, a.serve(resources[path]))
		}
		resources[path][routes[i].method] = &routes[i]
	}
	router.PathPrefix(console.Path).Handler(a.serve(resource{consoleRoute.method: &consoleRoute}))
	router.NotFoundHandler = a.serve(nil)
	return onePath(router)
}

// onePath gives each path one spelling before the router sees it: with base instead of version, and without a slash at the end.
func onePath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if rest, ok := strings.CutPrefix(path, version); ok && (rest == "" || rest[0] == '/') {
			path = base + rest
		}
		if len(path) > 1 {
			path = strings.TrimSuffix(path, "/")
		}
		if path != r.URL.Path {
			url := *r.URL
			url.Path, url.RawPath = path, ""
			r = r.WithContext(r.Context())
			r.URL = &url
		}
		next.ServeHTTP(w, r)
	})
}

// A resource has the routes of one path by method.
type resource map[string]*route

// methods returns the methods of a path, for the header Allow.
func (res resource) methods() []string {
	methods := slices.Collect(maps.Keys(res))
	if res["GET"] != nil {
		methods = append(methods, "HEAD")
	}
	methods = append(methods, "OPTIONS")
	slices.Sort(methods)
	return methods
}
