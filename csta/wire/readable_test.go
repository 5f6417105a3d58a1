package wire

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Traces show no digits that may be a PIN, however the element is written, unless
// somebody wants them.
func TestReadableHidesDigits(t *testing.T) {
	for body, want := range map[string]string{
		`<GenerateDigits><charactersToSend>4711</charactersToSend><x>1</x></GenerateDigits>`:            `<GenerateDigits><charactersToSend>***</charactersToSend><x>1</x></GenerateDigits>`,
		`<c:charactersToSend a="1" ><![CDATA[4711]]></c:charactersToSend><x>1</x>`:                      `<c:charactersToSend a="1" >***</c:charactersToSend><x>1</x>`,
		`<DtmfDetectedEvent><dtmfChar>4</dtmfChar><cause>normal</cause></DtmfDetectedEvent>`:            `<DtmfDetectedEvent><dtmfChar>***</dtmfChar><cause>normal</cause></DtmfDetectedEvent>`,
		`<authCode>47</authCode><accountCode/><digitGeneratedList>1</digitGeneratedList><dtmfChar>4711`: `<authCode>***</authCode><accountCode/><digitGeneratedList>***</digitGeneratedList><dtmfChar>***`,
		`<calledDevice>1001</calledDevice>`:                                                             `<calledDevice>1001</calledDevice>`,
	} {
		assert.Equal(t, "s <- 0001 "+want, Readable("s", FromClient, 1, []byte(body), false))
		assert.Equal(t, "s <- 0001 "+body, Readable("s", FromClient, 1, []byte(body), true))
	}
}

// No character of a client's moves the operator's cursor.
func TestReadableIsPrintable(t *testing.T) {
	assert.Equal(t, "s -> 0002 <a> 31m b</a>", Readable("s", ToClient, 2, []byte("<?xml version=\"1.0\"?>\n<a>\u009b31m\u202eb</a>"), false))
}

// What is private is taken out with its element, so that the rest can be read.
func TestWithoutPrivate(t *testing.T) {
	for body, want := range map[string]string{
		`<MakeCall xmlns="x"><authCode>47</authCode><userData><private><a>1</a></private></userData><calledDirectoryNumber>1001</calledDirectoryNumber></MakeCall>`: `<MakeCall xmlns="x"><calledDirectoryNumber>1001</calledDirectoryNumber></MakeCall>`,
		`<A><correlatorData><string>C0FFEE</string></correlatorData><b/><userData/></A>`:                                                                            `<A><b/></A>`,
		`<A><userDataX>1</userDataX></A>`: `<A><userDataX>1</userDataX></A>`,
	} {
		assert.Equal(t, want, string(WithoutPrivate([]byte(body))))
	}
}
