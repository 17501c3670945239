package mutants_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// mutantSwitches returns the switches in the source code with their positions.
func mutantSwitches(t *testing.T) map[string]string {
	t.Helper()
	out, fset := map[string]string{}, token.NewFileSet()
	for _, root := range []string{"modules", "platform", "app"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(projectRoot, root),
			func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() && d.Name() == "testdata" {
					return fs.SkipDir
				}
				if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
					return err
				}
				file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
				if err != nil {
					return err
				}
				for call := range ast.Preorder(file) {
					name, found := switchName(t, fset, call)
					if !found {
						continue
					}
					require.Empty(t, out[name], "%s has two switches", name)
					out[name] = fset.Position(call.Pos()).String()
				}
				return nil
			}))
	}
	return out
}

// switchName returns the mutant that a call of package mutant checks.
func switchName(t *testing.T, fset *token.FileSet, node ast.Node) (string, bool) {
	t.Helper()
	call, ok := node.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	if pkg, ok := selector.X.(*ast.Ident); !ok || pkg.Name != "mutant" {
		return "", false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	require.True(t, ok, "the name at %s is not a literal", fset.Position(call.Pos()))
	name, err := strconv.Unquote(literal.Value)
	require.NoError(t, err)
	return name, true
}

func TestMutants_SwitchesAndList_Agree(t *testing.T) {
	t.Parallel()
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	switches, known := mutantSwitches(t), map[string]bool{}
	for _, m := range mutants() {
		require.Regexp(t, kebab, m.name)
		require.False(t, known[m.name], "%s is listed twice", m.name)
		require.True(t, switches[m.name] != "" || m.ddl != "", "%s has neither a switch nor DDL", m.name)
		known[m.name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(switches)) {
		require.True(t, known[name], "%s at %s is not listed", name, switches[name])
	}
}

func TestMutants_DDL_AppliesToSchema(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), storetest.Open(t).OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	for _, m := range mutants() {
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), m.ddl)
		require.NoError(t, err, m.name)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}
