package csta_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is bounded of the engine's shape, so that it stays possible to read it room by
// room. Each bound may be lowered with what it counts, and not be raised for what was
// easier to write.
const (
	// methodsOfCore bounds the methods of the loop's type, methodsOfTypes those of any other
	// type in engine and legs.
	methodsOfCore  = 55
	methodsOfTypes = 40
	// fieldsOfLeg bounds the fields of the engine's leg, flagsOfLeg the booleans among them.
	fieldsOfLeg = 24
	flagsOfLeg  = 4
	// linesOfFunctions bounds functions in engine, legs and model.
	linesOfFunctions = 60
	// callsBackUp bounds the functions of engine and legs that are called from a file which
	// stands below theirs in order, each counted once for each caller.
	callsBackUp = 25
)

// order has the files of engine and legs from the top down: a function calls what stands
// below it, but for callsBackUp. A file that is new goes above those that it calls.
var order = strings.Fields(`
replay.go engine.go inputs.go core.go rebuild.go facts.go by_keys.go arrivals.go
endings.go services.go consultation_call.go progress.go consultation_way.go
transfer_call.go joining.go pickup_call.go pickup.go clear_connection.go under_way.go
predictive_call.go make_call.go reconnect_call.go redirection.go conference_call.go
consultation_parted.go forwarding.go resync.go mend.go adopt.go own_queue.go
association.go dialing.go phone_features.go shown_calls.go binding.go listed.go
alternate_call.go executors.go waits.go hold.go consultation.go conference_room.go
stray.go queue.go answer_call.go duo.go legs/settle.go trunks.go on_phone.go voice.go
features.go pending.go order.go measures.go permission.go roster.go switchboard.go
monitoring.go get_monitors.go registration.go dumps.go emit.go handset.go questions.go legs/leg.go
routing.go capability.go snapshots.go segments.go requests.go legs/hangup.go
legs/unhold.go parties.go source.go status.go two_calls.go note.go stages.go
operations.go ledger.go recorder.go timers.go api.go legs/settler.go legs/births.go
named.go recording.go packed.go told_errors.go transfer_events.go leg.go call.go
tenants.go trace.go inbox.go desk.go causes.go grants.go legs/phase.go
`)

// source is a package's files, with what their names mean.
type source struct {
	*types.Package
	files []*ast.File
	info  types.Info
	errs  []error
}

// sources reads packages of the project, and takes the standard library's as they are
// compiled. Of others it knows nothing: what is built on them has no meaning, which does
// not matter to what is looked at.
type sources struct {
	fset    *token.FileSet
	ours    map[string]*source
	library types.Importer
}

func (s *sources) Import(name string) (*types.Package, error) {
	within, ours := strings.CutPrefix(name, module+"csta/")
	switch first, _, _ := strings.Cut(name, "/"); {
	case ours:
	case strings.Contains(first, "."):
		unknown := types.NewPackage(name, path.Base(name))
		unknown.MarkComplete()
		return unknown, nil
	default:
		return s.library.Import(name)
	}
	if known := s.ours[name]; known != nil {
		return known.Package, nil
	}
	src := &source{info: types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}}
	names, err := fs.Glob(os.DirFS(within), "*.go")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if strings.HasSuffix(n, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.fset, path.Join(within, n), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		src.files = append(src.files, file)
	}
	conf := types.Config{Importer: s, Error: func(err error) { src.errs = append(src.errs, err) }}
	src.Package, _ = conf.Check(name, s.fset, src.files, &src.info)
	s.ours[name] = src
	return src.Package, nil
}

// functions calls f for each function of the package.
func (s *source) functions(f func(*ast.FuncDecl, *types.Func)) {
	for _, file := range s.files {
		for _, d := range file.Decls {
			if fn, is := d.(*ast.FuncDecl); is {
				f(fn, s.info.Defs[fn.Name].(*types.Func))
			}
		}
	}
}

// receiver is the type that a function is a method of; nil if it is none's, or an
// interface's.
func receiver(fn *types.Func) *types.Named {
	recv := fn.Signature().Recv()
	if recv == nil || types.IsInterface(recv.Type()) {
		return nil
	}
	of := recv.Type()
	if p, is := of.(*types.Pointer); is {
		of = p.Elem()
	}
	named, _ := of.(*types.Named)
	return named
}

func TestShapeOfTheEngine(t *testing.T) {
	read := &sources{fset: token.NewFileSet(), ours: map[string]*source{}, library: importer.Default()}
	var engine []*source
	for _, name := range [...]string{"engine", "legs", "model"} {
		_, err := read.Import(module + "csta/" + name)
		require.NoError(t, err)
		require.Empty(t, read.ours[module+"csta/"+name].errs)
		engine = append(engine, read.ours[module+"csta/"+name])
	}

	t.Run("methods", func(t *testing.T) {
		methods := map[string]int{}
		for _, src := range engine[:2] {
			src.functions(func(_ *ast.FuncDecl, fn *types.Func) {
				if of := receiver(fn); of != nil {
					methods[of.Obj().Name()]++
				}
			})
		}
		most := slices.SortedFunc(maps.Keys(methods), func(a, b string) int { return cmp.Compare(methods[b], methods[a]) })
		t.Log("core", methods["core"])
		for _, name := range most[:8] {
			t.Log(name, methods[name])
		}
		assert.LessOrEqual(t, methods["core"], methodsOfCore)
		delete(methods, "core")
		for name, n := range methods {
			assert.LessOrEqual(t, n, methodsOfTypes, name)
		}
	})

	t.Run("leg", func(t *testing.T) {
		leg := engine[0].Scope().Lookup("leg").Type().Underlying().(*types.Struct)
		flags := 0
		for f := range leg.Fields() {
			if types.Identical(f.Type(), types.Typ[types.Bool]) {
				flags++
			}
		}
		t.Log("fields", leg.NumFields(), "booleans", flags)
		assert.LessOrEqual(t, leg.NumFields(), fieldsOfLeg)
		assert.LessOrEqual(t, flags, flagsOfLeg)
	})

	t.Run("functions", func(t *testing.T) {
		for _, src := range engine {
			src.functions(func(fn *ast.FuncDecl, _ *types.Func) {
				lines := read.fset.Position(fn.End()).Line - read.fset.Position(fn.Pos()).Line + 1
				assert.LessOrEqual(t, lines, linesOfFunctions, "%s: %s", read.fset.Position(fn.Pos()), fn.Name.Name)
			})
		}
	})

	t.Run("waits", func(t *testing.T) {
		// Who waits for a time is a type with a name, and no function.
		for _, src := range engine[:1] {
			waiter := src.Scope().Lookup("waiter").Type().Underlying().(*types.Interface)
			for _, name := range src.Scope().Names() {
				of, is := src.Scope().Lookup(name).(*types.TypeName)
				if !is || of.IsAlias() {
					continue
				}
				_, function := of.Type().Underlying().(*types.Signature)
				assert.False(t, function && types.Implements(of.Type(), waiter), "%s is a function that waits", name)
			}
		}
	})

	t.Run("arrows", func(t *testing.T) {
		place := map[string]int{}
		for i, file := range order {
			place[file] = i
		}
		require.Len(t, place, len(order), "a file stands in order twice")
		fileOf := func(fn *types.Func) string {
			name := strings.TrimPrefix(read.fset.Position(fn.Pos()).Filename, "engine/")
			assert.Contains(t, place, name, "it has no place in order")
			return name
		}
		up := map[string]bool{}
		for _, src := range engine[:2] {
			src.functions(func(decl *ast.FuncDecl, from *types.Func) {
				ast.Inspect(decl, func(n ast.Node) bool {
					name, is := n.(*ast.Ident)
					if !is {
						return true
					}
					to, is := src.info.Uses[name].(*types.Func)
					if !is || to.Pkg() != engine[0].Package && to.Pkg() != engine[1].Package || to.Signature().Recv() != nil && receiver(to) == nil {
						return true
					}
					to = to.Origin()
					if below, above := fileOf(from), fileOf(to); place[below] > place[above] {
						up[fmt.Sprintf("%s: %s calls %s in %s", below, from.Name(), to.Name(), above)] = true
					}
					return true
				})
			})
		}
		list := slices.Sorted(maps.Keys(up))
		t.Log(strconv.Itoa(len(list)) + " calls run back up\n" + strings.Join(list, "\n"))
		assert.LessOrEqual(t, len(list), callsBackUp)
	})
}
