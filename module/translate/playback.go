package translate

import (
	"strings"

	"mod_csta_socket/csta/switching"
)

// executed follows the applications that the picture of the calls needs: playback,
// and those that are queues.
func (t *Translator) executed(r *Record, l *leg, out []switching.Event) []switching.Event {
	switch name := r.Get(Application); name {
	case "playback":
		return t.playbackRuns(r, l, out)
	case "bridge":
		return t.bridgeRuns(r, l, out)
	case "att_xfer":
		return t.consults(r, l, out)
	case "three_way":
		if r.Type == ChannelExecute {
			e := event(r, switching.TalksWithTwo)
			e.Other = strings.TrimSpace(r.Get(ApplicationData))
			out = append(out, e)
		}
	default:
		if queue := OwnQueue(name, r.Get(ApplicationData)); queue != "" {
			return append(out, ownQueue(r, queue))
		}
	}
	return out
}

// playbackRuns follows the application playback. Its EXECUTE gives the file as
// requested and, by Application-UUID, whether it is ours; a file that does not
// exist shows only in its EXECUTE_COMPLETE.
func (t *Translator) playbackRuns(r *Record, l *leg, out []switching.Event) []switching.Event {
	if r.Type == ChannelExecute {
		if len(l.plays) == maxPlays {
			l.plays = l.plays[1:]
		}
		file := r.Get(ApplicationData)
		id := playID(r.Get(ApplicationUUID))
		l.plays = append(l.plays, play{
			run:   r.Get(ApplicationUUID),
			id:    id,
			file:  file,
			music: id == "" && t.isMusic(r, l, file),
		})
		return out
	}
	for i := len(l.plays) - 1; i >= 0; i-- {
		if l.plays[i].run == r.Get(ApplicationUUID) {
			p := l.plays[i]
			l.plays = append(l.plays[:i], l.plays[i+1:]...)
			return p.completed(r, l, out)
		}
	}
	return out
}

// completed reports the end of a playback that PLAYBACK_STOP has not told.
func (p *play) completed(r *Record, l *leg, out []switching.Event) []switching.Event {
	if p.music || p.told {
		return out
	}
	response := r.Get(ApplicationResponse)
	result := switching.Failed
	switch {
	case l.hungUp || r.Get(AnswerState) == "hangup":
		result = switching.LegEnded
	case strings.HasPrefix(response, "FILE NOT FOUND"):
		result = switching.NotFound
	case strings.HasPrefix(response, "FILE PLAYED"):
		if p.path == "" && p.id == "" {
			return out
		}
		result = switching.Completed
	}
	return append(out, p.event(r, switching.PlayStopped, result))
}

func (p *play) event(r *Record, kind switching.Kind, result switching.Result) switching.Event {
	e := event(r, kind)
	e.Name, e.Data, e.Result = p.file, p.id, result
	return e
}

// playback handles PLAYBACK_START and PLAYBACK_STOP. Those outside the
// application playback (ringback, prompts of other applications) are no
// messages.
func (t *Translator) playback(r *Record, l *leg, out []switching.Event) []switching.Event {
	path := r.Get(PlaybackFilePath)
	for i := len(l.plays) - 1; i >= 0; i-- {
		p := &l.plays[i]
		if r.Type == PlaybackStart && p.path == "" {
			p.path = path
			p.music = p.music || p.id == "" && t.isMusic(r, l, path)
			if p.music {
				return out
			}
			return append(out, p.event(r, switching.PlayStarted, switching.Completed))
		}
		if r.Type == PlaybackStop && p.path == path {
			if p.music || p.told {
				return out
			}
			p.told = true
			return append(out, p.event(r, switching.PlayStopped, stopResult(r, l)))
		}
	}
	return out
}

func stopResult(r *Record, l *leg) switching.Result {
	switch {
	case l.hungUp || r.Get(AnswerState) == "hangup":
		return switching.LegEnded
	case r.Get(PlaybackStatus) == "break":
		return switching.Interrupted
	}
	return switching.Completed
}

// isMusic tells hold music and generated tones from messages: FreeSWITCH plays
// the music of a held party by the same application.
func (t *Translator) isMusic(r *Record, l *leg, path string) bool {
	for _, generated := range []string{"local_stream://", "tone_stream://", "silence_stream://"} {
		if strings.HasPrefix(path, generated) {
			return true
		}
	}
	if path != "" && (path == t.holdMusic || path == r.Get(VarHoldMusic)) {
		return true
	}
	holder := t.legs[l.partner]
	return holder != nil && holder.hold != notHeld
}
