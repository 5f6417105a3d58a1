package ecma

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A namespace comes back in every event of a monitor.
func TestNamespacesAreBounded(t *testing.T) {
	request := func(namespace string) []byte {
		return []byte(`<GetCSTAFeatures xmlns="` + namespace + `"/>`)
	}
	_, ed, err := Decode(request(strings.Repeat("n", MaxEdition)))
	require.NoError(t, err)
	require.Len(t, ed, MaxEdition)

	_, ed, err = Decode(request(strings.Repeat("n", MaxEdition+1)))
	var bad *DecodeError
	require.ErrorAs(t, err, &bad)
	require.True(t, bad.Request)
	require.Equal(t, ErrOperationGeneric, bad.Reply)
	require.Empty(t, ed, "the answer does not repeat it")
}

func TestStandardEditions(t *testing.T) {
	for _, ed := range []Edition{"", Edition3, Edition4, Edition5, Edition6, "http://www.ecma.ch/standards/ecma-323/csta/ed2"} {
		require.True(t, ed.IsStandard(), ed)
	}
	for _, ed := range []Edition{Edition3 + "1", Edition3 + " ", "http://www.ecma-international.org/standards/ecma-323/csta/ed", "urn:x"} {
		require.False(t, ed.IsStandard(), ed)
	}
}

// What is kept of a request is not the white space and the decoration around it.
func TestKeptValuesKeepNothingElse(t *testing.T) {
	const each, most = 60_000, 200
	around := strings.Repeat(" ", each/3)
	doc := func(i int) []byte {
		return fmt.Appendf(nil, `<MonitorStart xmlns="%surn:x"><monitorObject><deviceObject typeOfNumber="deviceNumber">%s02%d%s</deviceObject></monitorObject></MonitorStart>`,
			around, around, i, around)
	}
	type kept struct {
		device DeviceID
		ed     Edition
	}
	all := make([]kept, 0, most)
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	for i := range most {
		m, ed, err := Decode(doc(i))
		require.NoError(t, err)
		all = append(all, kept{m.(*MonitorStart).Object.Device, ed})
	}
	require.Less(t, int64(used())-int64(before), int64(most*each/10))
	require.Equal(t, kept{DeviceID{"027", DeviceNumber}, "urn:x"}, all[7])
	runtime.KeepAlive(all)
}

// Decoration may be nested, and each layer of it costs a pass over the text: of one that
// is longer than any identifier none is taken away.
func TestLongDeviceTextsTakeNoTime(t *testing.T) {
	require.Equal(t, "1000", NormalizeDevice(strings.Repeat("sip:", 100)+"1000"))
	for _, layer := range []string{"sip:", "tel:", "N<", "<", " "} {
		text := strings.Repeat(layer, 60_000/len(layer)) + "1000"
		require.Equal(t, text, NormalizeDevice(text), layer)
	}
}
