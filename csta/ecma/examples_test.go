package ecma

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exampleFiles lists the example instances of an edition.
func exampleFiles(t testing.TB, edition string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "examples", edition, "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// canonical is a document in a form in which equal content is equal text: no
// prefixes, attributes sorted, defaults and white space between elements left
// out.
func canonical(t testing.TB, doc []byte) string {
	t.Helper()
	tree := etree.NewDocument()
	require.NoError(t, tree.ReadFromBytes(doc), "%s", doc)
	var b strings.Builder
	var walk func(e *etree.Element, depth int)
	walk = func(e *etree.Element, depth int) {
		var attributes []string
		for _, a := range e.Attr {
			if a.Space == "" && a.Key != "xmlns" && !(a.Key == "typeOfNumber" && a.Value == string(DialingNumber)) {
				attributes = append(attributes, " "+a.Key+"="+a.Value)
			}
		}
		sort.Strings(attributes)
		b.WriteString(strings.Repeat(" ", depth) + "{" + namespaceOf(e) + "}" + e.Tag + strings.Join(attributes, "") + ": " + textOf(e) + "\n")
		for _, c := range e.ChildElements() {
			walk(c, depth+1)
		}
	}
	walk(tree.Root(), 0)
	return b.String()
}

func TestExamplesSurviveDecodeAndAppend(t *testing.T) {
	for edition, namespace := range map[string]Edition{"ed3": Edition3, "ed6": Edition6} {
		for _, file := range exampleFiles(t, edition) {
			t.Run(edition+"/"+filepath.Base(file), func(t *testing.T) {
				doc, err := os.ReadFile(file)
				require.NoError(t, err)
				m, ed, err := Decode(doc)
				require.NoError(t, err)
				assert.Equal(t, namespace, ed)
				name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".xml"), "-")
				assert.Equal(t, name, m.Element())
				assert.Equal(t, canonical(t, doc), canonical(t, Append(nil, ed, m)))
			})
		}
	}
}
