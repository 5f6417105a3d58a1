package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
)

// files are the page: what a browser gets is what is here.
//
//go:embed page
var files embed.FS

// policy lets the page have nothing but its own files and its own WebSocket, and nobody
// show it in a page of his.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxHand bounds what a page asks a hand to do, in bytes.
const maxHand = 1 << 10

// about is what the page has to know of where it is.
type about struct {
	// Watch are the devices that it shows from the beginning, Notes what is said of some,
	// Hand: telephones can be moved. Engaged and Unplugged are those that are, now.
	Watch     []string          `json:"watch"`
	Notes     map[string]string `json:"notes,omitempty"`
	Hand      bool              `json:"hand"`
	Engaged   []string          `json:"engaged,omitempty"`
	Unplugged []string          `json:"unplugged,omitempty"`
}

// pages serve the files, and what the page has to know and to do beside CSTA.
func (e *Entrance) pages(opts Options) http.Handler {
	root, err := fs.Sub(files, "page")
	if err != nil {
		panic(err)
	}
	here := about{Watch: append([]string{}, opts.Watch...), Notes: opts.Notes, Hand: opts.Hand != nil}
	serve := http.NewServeMux()
	serve.Handle("GET /", http.FileServerFS(root))
	serve.HandleFunc("GET /about.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		now := here
		if opts.Telephones != nil {
			now.Engaged, now.Unplugged = opts.Telephones()
		}
		// Who does not read it has gone.
		_ = json.NewEncoder(w).Encode(now)
	})
	if opts.Hand != nil {
		serve.HandleFunc("POST /hand", func(w http.ResponseWriter, r *http.Request) { e.hand(w, r, opts.Hand) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}

// hand moves a telephone, for a page that may open a WebSocket, too: any other page can
// have a browser send this.
func (e *Entrance) hand(w http.ResponseWriter, r *http.Request, move func(telephone, command, argument string) error) {
	if origin, ok := e.allows(r); !ok || origin == "" {
		http.Error(w, (&OriginError{origin}).Error(), http.StatusForbidden)
		return
	}
	var asked struct{ Telephone, Command, Argument string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxHand)).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := move(asked.Telephone, asked.Command, asked.Argument); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
