package child

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// isParent has the test's program start a child, say its number, and wait.
const isParent = "CHILD_TEST_IS_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(isParent) == "" {
		os.Exit(m.Run())
	}
	program := exec.Command("sleep", "60")
	ended, err := Start(program)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(program.Process.Pid)
	<-ended
}

func TestChildDiesWithParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no other system ends a program with its parent")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), isParent+"=1")
	said, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	var pid int
	_, err = fmt.Sscan(strings.TrimSpace(line), &pid)
	require.NoError(t, err, line)
	require.NoError(t, syscall.Kill(pid, 0), "it runs")
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	require.Eventually(t, func() bool { return gone(pid) }, 5*time.Second, time.Millisecond)
}

// gone tells whether a process has ended, though whoever is its parent now may not have
// asked for its end yet.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestProgramThatIsNotThere(t *testing.T) {
	_, err := Start(exec.Command("/nowhere/at/all"))
	require.Error(t, err)
}

func TestEndIsTold(t *testing.T) {
	ended, err := Start(exec.Command("false"))
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, <-ended, &exit)
}
