package web

import (
	"embed"
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

// page serves the files.
func page() http.Handler {
	root, err := fs.Sub(files, "page")
	if err != nil {
		panic(err)
	}
	serve := http.FileServerFS(root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}
