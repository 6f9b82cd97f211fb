package io.github.mcpsession.stream;

import java.util.List;
import java.util.Optional;

import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Fate;
import org.jspecify.annotations.Nullable;

/**
 * An event log whose events are counted.
 *
 * @param log the log
 * @param metrics counts
 */
record CountedEventLog(EventLog log, SessionMetrics metrics) implements EventLog {

	@Override
	public WriteResult write(String session, StreamWrite write) {
		WriteResult result = this.log.write(session, write);
		if (result.written() && write.message() != null) {
			this.metrics.events(Fate.APPENDED, 1);
			if (result.dropped() > 0) {
				this.metrics.events(Fate.DROPPED, result.dropped());
			}
		}
		return result;
	}

	@Override
	public Optional<Replay> read(String session, String stream, long after, int limit) {
		Optional<Replay> replay = this.log.read(session, stream, after, limit);
		if (replay.isPresent() && !replay.get().events().isEmpty()) {
			this.metrics.events(Fate.REPLAYED, replay.get().events().size());
		}
		return replay;
	}

	@Override
	public Optional<StreamState> setReader(String session, String stream, @Nullable String reader) {
		return this.log.setReader(session, stream, reader);
	}

	@Override
	public void delivered(String session, String stream, long position, long announced) {
		this.log.delivered(session, stream, position, announced);
	}

	@Override
	public long announce(String topic, String message) {
		return this.log.announce(topic, message);
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		return this.log.announcementsAfter(number);
	}

}
