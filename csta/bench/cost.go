//go:build linux

package main

import (
	"fmt"
	"strconv"
	"time"
)

// variant is what runs beside the calls.
type variant struct {
	name                string
	module              bool
	csta, esl           bool
	cost, own, resident []float64
}

// measureCost is the processor time the switch takes for calls, by what listens.
func (l *lab) measureCost(r *report, rate float64, calls, rounds int) error {
	variants := []*variant{
		{name: "nothing", module: false},
		{name: "event socket, one subscriber", esl: true},
		{name: "module loaded, no client", module: true},
		{name: "module, one client, all devices monitored", module: true, csta: true},
		{name: "both", module: true, csta: true, esl: true},
	}
	if err := l.costs(variants, rate, calls, rounds); err != nil {
		return err
	}
	s := r.add("Processor time of the switch",
		fmt.Sprintf("utime + stime of the FreeSWITCH process for calls between null phones at %g a second (%d calls, %d rounds by turns, medians). "+
			"mod_event_socket is always loaded, since the calls are ordered through it. The client's own work is not in it.", rate, calls, rounds),
		"what listens", "CPU s per 1000 calls", "more than nothing", "least", "most", "of it the module's own threads", "resident MiB after the calls")
	base := median(variants[0].cost)
	b := bars{title: "Switch CPU per 1,000 calls", unit: "s"}
	for _, v := range variants {
		m := median(v.cost)
		low, high := v.cost[0], v.cost[0]
		for _, c := range v.cost {
			low, high = min(low, c), max(high, c)
		}
		s.row(v.name, fmt.Sprintf("%.2f", m), fmt.Sprintf("%+.2f", m-base), fmt.Sprintf("%.2f", low), fmt.Sprintf("%.2f", high), fmt.Sprintf("%.2f", median(v.own)),
			fmt.Sprintf("%.0f", median(v.resident)))
		b.names, b.values = append(b.names, v.name), append(b.values, m)
	}
	r.charts = append(r.charts, b)
	return nil
}

// costs measures variants by turns, and leaves the module loaded.
func (l *lab) costs(variants []*variant, rate float64, calls, rounds int) error {
	if err := l.unloadModule(); err != nil {
		return err
	}
	loaded := false
	for round := range rounds {
		for i := range variants {
			// Another order in every round.
			v := variants[(i+round)%len(variants)]
			if v.module != loaded {
				change := l.unloadModule
				if v.module {
					change = l.loadModule
				}
				if err := change(); err != nil {
					return err
				}
				loaded = v.module
			}
			if err := l.cost(v, rate, calls); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	if loaded {
		return nil
	}
	return l.loadModule()
}

func (l *lab) cost(v *variant, rate float64, calls int) error {
	c, err := l.clients(v.csta, v.esl, allNullPhones())
	if err != nil {
		return err
	}
	defer c.close()
	time.Sleep(time.Second)
	before, err := cpuOf(l.sw.PID())
	if err != nil {
		return err
	}
	ownBefore, err := ownCPUOf(l.sw.PID())
	if err != nil {
		return err
	}
	if err := l.drive(rate, calls); err != nil {
		return err
	}
	ownAfter, err := ownCPUOf(l.sw.PID())
	if err != nil {
		return err
	}
	after, err := cpuOf(l.sw.PID())
	if err != nil {
		return err
	}
	resident, err := residentOf(l.sw.PID())
	if err != nil {
		return err
	}
	v.cost = append(v.cost, (after-before).Seconds()*1000/float64(calls))
	v.own = append(v.own, (ownAfter-ownBefore).Seconds()*1000/float64(calls))
	v.resident = append(v.resident, float64(resident)/1024)
	return nil
}

// measureMemory is what the switch's process holds as clients and monitors come.
func (l *lab) measureMemory(r *report) error {
	s := r.add("Memory of the switch's process", "Resident; before anything else was measured.", "state", "MiB")
	note := func(state string) error {
		kib, err := residentOf(l.sw.PID())
		if err == nil {
			s.row(state, fmt.Sprintf("%.1f", float64(kib)/1024))
		}
		return err
	}
	if err := note("started with the module"); err != nil {
		return err
	}
	c, err := l.clients(true, false, allNullPhones())
	if err != nil {
		return err
	}
	defer c.close()
	for range 99 {
		for _, d := range allNullPhones() {
			if _, err := c.csta.monitor(d); err != nil {
				return err
			}
		}
	}
	return note("one client with " + strconv.Itoa(100*nullPhones) + " monitors")
}
