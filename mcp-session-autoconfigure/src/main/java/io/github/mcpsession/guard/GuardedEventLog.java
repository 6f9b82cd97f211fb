package io.github.mcpsession.guard;

import java.util.List;
import java.util.Optional;

import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * An event log that answers in time, or throws
 * {@link io.github.mcpsession.SessionStoreException}.
 *
 * @param log the log
 * @param guard makes the calls
 */
public record GuardedEventLog(EventLog log, StoreGuard guard) implements EventLog {

	@Override
	public WriteResult write(String session, StreamWrite write) {
		return this.guard.call("write-event", () -> this.log.write(session, write));
	}

	@Override
	public Optional<Replay> read(String session, String stream, long after, int limit) {
		return this.guard.call("read-events", () -> this.log.read(session, stream, after, limit));
	}

	@Override
	public Optional<StreamState> setReader(String session, String stream, @Nullable String reader) {
		return this.guard.call("follow-stream", () -> this.log.setReader(session, stream, reader));
	}

	@Override
	public void delivered(String session, String stream, long position, long announced) {
		this.guard.run("note-delivery", () -> this.log.delivered(session, stream, position, announced));
	}

	@Override
	public long announce(String topic, String message) {
		return this.guard.call("announce", () -> this.log.announce(topic, message));
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		return this.guard.call("read-announcements", () -> this.log.announcementsAfter(number));
	}

}
