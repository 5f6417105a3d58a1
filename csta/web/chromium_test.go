package web_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// slowly bounds what a browser takes on a busy machine.
const slowly = time.Minute

// chromium is a headless browser with one page, steered by its own protocol (DevTools),
// of which three commands are enough here.
type chromium struct {
	*testing.T
	ws      *websocket.Conn
	session string
	last    int
	// complaints are what the page has written to its console as errors.
	complaints []string
}

// browse opens a page in a new browser.
func browse(t *testing.T, url string) *chromium {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium is installed (Debian: chromium)")
	}
	profile := t.TempDir()
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--hide-scrollbars", "--window-size=1280,887", "--remote-debugging-port=0", "--user-data-dir="+profile, "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+profile)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-ended
		}
		// Its children may write for a moment still.
		for range 50 {
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	var endpoint []string
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		endpoint = strings.Split(string(text), "\n")
		return err == nil && len(endpoint) == 2
	}, slowly, 20*time.Millisecond, "Chromium does not start")
	ctx, cancel := context.WithTimeout(context.Background(), slowly)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://127.0.0.1:"+endpoint[0]+endpoint[1], nil)
	require.NoError(t, err)
	ws.SetReadLimit(64 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	c := &chromium{T: t, ws: ws}
	target := c.command("Target.createTarget", map[string]any{"url": "about:blank"})
	c.session = c.command("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})["sessionId"].(string)
	c.command("Runtime.enable", nil)
	c.command("Log.enable", nil)
	c.command("Page.navigate", map[string]any{"url": url})
	return c
}

// command does one, and returns its result.
func (c *chromium) command(method string, params any) map[string]any {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slowly)
	defer cancel()
	c.last++
	message := map[string]any{"id": c.last, "method": method}
	if params != nil {
		message["params"] = params
	}
	if c.session != "" {
		message["sessionId"] = c.session
	}
	text, err := json.Marshal(message)
	require.NoError(c, err)
	require.NoError(c, c.ws.Write(ctx, websocket.MessageText, text))
	for {
		_, text, err := c.ws.Read(ctx)
		require.NoError(c, err, method)
		var answer struct {
			ID     int
			Method string
			Params json.RawMessage
			Result map[string]any
			Error  any
		}
		require.NoError(c, json.Unmarshal(text, &answer))
		switch {
		case answer.ID == c.last:
			require.Nil(c, answer.Error, method)
			return answer.Result
		case answer.Method == "Runtime.exceptionThrown", answer.Method == "Log.entryAdded" && strings.Contains(string(answer.Params), `"level":"error"`):
			c.complaints = append(c.complaints, string(answer.Params))
		}
	}
}

// value is that of an expression in the page, awaited if it is a promise.
func (c *chromium) value(format string, arguments ...any) any {
	c.Helper()
	result := c.command("Runtime.evaluate", map[string]any{
		"expression": fmt.Sprintf(format, arguments...), "awaitPromise": true, "returnByValue": true, "userGesture": true,
	})
	require.NotContains(c, result, "exceptionDetails", "%s: %v", fmt.Sprintf(format, arguments...), result["exceptionDetails"])
	return result["result"].(map[string]any)["value"]
}

// await waits until an expression is true. What it looks at need not be there yet.
func (c *chromium) await(format string, arguments ...any) {
	c.Helper()
	for end := time.Now().Add(slowly); ; time.Sleep(20 * time.Millisecond) {
		if c.value("(() => { try { return Boolean("+format+"); } catch { return false; } })()", arguments...) == true {
			return
		}
		if time.Now().After(end) {
			file := filepath.Join(os.TempDir(), "csta-page.png")
			c.picture(file)
			require.Fail(c, "it does not come true; "+file+" shows the page", fmt.Sprintf(format, arguments...))
		}
	}
}

// picture writes what is seen into a file.
func (c *chromium) picture(file string) {
	c.Helper()
	png, err := base64.StdEncoding.DecodeString(c.command("Page.captureScreenshot", map[string]any{"format": "png"})["data"].(string))
	require.NoError(c, err)
	require.NoError(c, os.WriteFile(file, png, 0o644))
}
