package helseid

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// Serve runs a web application on a free port and prints where it listens, as one line of JSON.
func Serve(application func(base string) (http.Handler, error)) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().(*net.TCPAddr)
	handler, err := application(fmt.Sprintf("http://localhost:%d", address.Port))
	if err != nil {
		return err
	}
	fmt.Printf("{\"listen\":[%q]}\n", address.String())
	return http.Serve(listener, handler)
}

// Sessions keeps a T for each browser, found by a cookie.
type Sessions[T any] struct {
	lock sync.Mutex
	kept map[string]*T
}

const cookieName = "application"

// Begin gives the browser a new session.
func (sessions *Sessions[T]) Begin(w http.ResponseWriter, session *T) {
	id := rand.Text()
	sessions.lock.Lock()
	defer sessions.lock.Unlock()
	if sessions.kept == nil {
		sessions.kept = map[string]*T{}
	}
	sessions.kept[id] = session
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// End forgets the browser's session.
func (sessions *Sessions[T]) End(request *http.Request) {
	if cookie, err := request.Cookie(cookieName); err == nil {
		sessions.lock.Lock()
		defer sessions.lock.Unlock()
		delete(sessions.kept, cookie.Value)
	}
}

// Page is a handler for a browser that has a session; what fails is answered with its own words.
func (sessions *Sessions[T]) Page(page func(http.ResponseWriter, *http.Request, *T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		cookie, err := request.Cookie(cookieName)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		sessions.lock.Lock()
		session := sessions.kept[cookie.Value]
		sessions.lock.Unlock()
		if session == nil {
			http.Error(w, "nobody is logged in", http.StatusUnauthorized)
			return
		}
		if err := page(w, request, session); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

// JSON answers with a value.
func JSON(w http.ResponseWriter, value any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(value)
}
