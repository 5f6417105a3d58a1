package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/config"
	"mod_csta_socket/module/switchlog"
)

// configFile is the module's configuration in FreeSWITCH's XML registry.
const configFile = "csta_socket.conf"

// foundConfig is the configuration as the switch shows it.
type foundConfig struct {
	missing  bool
	params   []config.Param
	warnings []config.Warning
}

// readConfig asks the switch for the configuration and checks it.
func readConfig() (foundConfig, config.Config, error) {
	settings, err := bridge.Settings(configFile)
	if errors.Is(err, bridge.NotPossible) {
		return foundConfig{missing: true}, config.Default(), nil
	}
	if err != nil {
		return foundConfig{}, config.Config{}, fmt.Errorf("%s: %w", configFile, err)
	}
	var found foundConfig
	for _, s := range settings {
		found.params = append(found.params, config.Param{Name: s.Name, Value: s.Value})
	}
	conf, warnings, err := config.Parse(found.params)
	if err != nil {
		return foundConfig{}, config.Config{}, fmt.Errorf("%s: %w", configFile, err)
	}
	found.warnings = warnings
	return found, conf, nil
}

// tell logs what is odd in the configuration.
func (f foundConfig) tell(log *slog.Logger) {
	if f.missing {
		log.Warn(configFile + ".xml is not there or has no settings: everything has its default, nothing listens")
	}
	for _, w := range f.warnings {
		log.Warn(configFile + ": " + w.String())
	}
}

// reloadWatch compares the configuration after each reloadxml with the one in
// use. Changing it under connected clients would cut them off, so it says what
// to do instead.
type reloadWatch struct {
	inUse []config.Param
	log   *slog.Logger

	mu      sync.Mutex
	busy    bool
	again   bool
	stopped bool
	running sync.WaitGroup
}

func newReloadWatch(found foundConfig, log *slog.Logger) *reloadWatch {
	return &reloadWatch{inUse: found.params, log: log}
}

// look compares in a goroutine of its own; calls that come meanwhile make it
// look once more.
func (w *reloadWatch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	if w.busy {
		w.again = true
		return
	}
	w.busy = true
	w.running.Add(1)
	go w.run()
}

func (w *reloadWatch) run() {
	defer w.running.Done()
	defer caught(w.log, "configuration check", func() {})
	for {
		w.compare()
		w.mu.Lock()
		w.busy = w.again && !w.stopped
		w.again = false
		again := w.busy
		w.mu.Unlock()
		if !again {
			return
		}
	}
}

func (w *reloadWatch) compare() {
	found, _, err := readConfig()
	switch {
	case errors.Is(err, bridge.Stopped):
	case err != nil:
		w.log.Error("the new configuration is not usable; the old one stays in use: " + err.Error())
	case !slices.Equal(found.params, w.inUse):
		w.log.Log(context.Background(), switchlog.Notice, configFile+" has changed; it counts after: reload mod_csta_socket")
	}
}

// stop waits for a comparison under way.
func (w *reloadWatch) stop() {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.running.Wait()
}
