package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"coinslot/platform/fault"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

const prefix = "COINSLOT_"

// Source names the sources of a configuration.
type Source struct {
	Files   fs.FS    // default.yaml and the profiles
	Profile string   // the name of a profile; optional
	Path    string   // a file of the operator; optional
	Environ []string // in the form of os.Environ
}

// Section is a part of the configuration that validates itself.
type Section interface {
	// Validate returns the violations: each has the key, the valid values, and the value unless it may hold a secret.
	Validate() []fault.Field
}

// Load merges all sources into a T and validates it. Its errors are single sentences for operators.
func Load[T interface{ Validate() error }](src Source) (c T, err error) {
	k, err := merge(src)
	if err != nil {
		return c, err
	}
	if err := decode(k, &c); err != nil {
		return c, err
	}
	return c, c.Validate()
}

func merge(src Source) (*koanf.Koanf, error) {
	k := koanf.New(".")
	if err := loadFile(k, src.Files, "default.yaml", "default.yaml"); err != nil {
		return nil, err
	}
	known := k.Keys()
	for _, step := range []func() error{
		func() error { return loadProfile(k, src) },
		func() error { return loadPath(k, src.Path) },
		func() error { return loadEnvironment(k, known, src.Environ) },
		func() error { return rejectUnknown(k.Keys(), known) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func loadProfile(k *koanf.Koanf, src Source) error {
	if src.Profile == "" {
		return nil
	}
	err := loadFile(k, src.Files, src.Profile+".yaml", "profile "+src.Profile)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return fmt.Errorf("there is no profile %q: use local, compose, production or test", src.Profile)
	}
	return err
}

func loadPath(k *koanf.Koanf, path string) error {
	if path == "" {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the configuration file: %w", err)
	}
	return parse(k, raw, path)
}

func loadFile(k *koanf.Koanf, files fs.FS, name, title string) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	return parse(k, raw, title)
}

func parse(k *koanf.Koanf, raw []byte, title string) error {
	if err := k.Load(rawbytes.Provider(raw), yaml.Parser()); err != nil {
		return fmt.Errorf("%s is not valid YAML: %s", title, oneLine(err))
	}
	return nil
}

// loadEnvironment sets http.address from COINSLOT_HTTP_ADDRESS, and so on. It ignores the variables of the tests and of
// the command line.
func loadEnvironment(k *koanf.Koanf, known, environ []string) error {
	keys := map[string]string{}
	for _, key := range known {
		keys[prefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
	}
	var unknown []string
	provider := env.Provider(".", env.Opt{
		Prefix:      prefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			key, ok := keys[name]
			switch {
			case ok && isList(k.Get(key)):
				return key, splitList(value)
			case ok:
				return key, value
			case strings.HasPrefix(name, prefix+"TEST_"), name == prefix+"PROFILE", name == prefix+"CONFIG":
			default:
				unknown = append(unknown, name)
			}
			return "", nil
		},
	})
	if err := k.Load(provider, nil); err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("the environment variable %s names no configuration key; see configs/default.yaml", unknown[0])
	}
	return nil
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

// splitList keeps empty members, so that validation can reject them.
func splitList(value string) []string {
	var out []string
	if strings.TrimSpace(value) == "" {
		return out
	}
	for part := range strings.SplitSeq(value, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

func rejectUnknown(keys, known []string) error {
	slices.Sort(keys)
	for _, key := range keys {
		if !slices.Contains(known, key) {
			return fmt.Errorf("unknown configuration key %q; configs/default.yaml lists all keys", key)
		}
	}
	return nil
}

var keyInError = regexp.MustCompile(`'([a-z_.]+)'`)

// decode fills the struct that out points to.
func decode(k *koanf.Koanf, out any) error {
	err := k.UnmarshalWithConf("", out, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result:           out,
		TagName:          "koanf",
		WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(),
			mapstructure.TextUnmarshallerHookFunc()),
	}})
	if err == nil {
		return nil
	}
	if m := keyInError.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("configuration key %s: %q cannot be used: %s", m[1], k.String(m[1]), reason(err))
	}
	return fmt.Errorf("the configuration cannot be read: %s", oneLine(err))
}

func reason(err error) string {
	text := oneLine(err)
	if strings.Contains(text, "duration") {
		return "write a duration such as 500ms, 10s or 5m"
	}
	if _, advice, found := strings.Cut(text, "write "); found { // the message of an UnmarshalText
		return "write " + advice
	}
	return text
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
