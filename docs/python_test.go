package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The client in Python, by a program that fails where it is not as its texts say.
func TestPythonClient(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	configuration := filepath.Join(t.TempDir(), "csta_socket.conf.xml")
	require.NoError(t, os.WriteFile(configuration, []byte(`<configuration name="csta_socket.conf"><settings>
		<param name="listen-ip" value="127.0.0.1"/><param name="xml-listen-port" value="3000"/>
		<param name="system-status-timer" value="1"/><param name="greeting" value="always"/></settings>
		<applications><application name="dialler"><param name="secret" value="the &lt;secret&gt;"/><param name="devices" value="*"/></application></applications>
		</configuration>`), 0o600))
	// In a bytecode cache of its own, so that the tree stays as it is.
	program := exec.Command(python, "-B", "testdata/client.py")
	program.Env = append(simulated(t, "--config", configuration), "PYTHONPATH="+filepath.Join(root, "python"))
	said, err := program.CombinedOutput()
	require.NoError(t, err, "%s", said)
}
