package io.github.mcpsession.session;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * What tells the sessions, messages and announcements of one MCP server from those of the
 * others of the same application, which share its store. One server is the default: what
 * is its own looks as in an application that has no other.
 *
 * @param mark eight hexadecimal digits, made of the endpoint; empty for the default
 * server
 */
public record ServerScope(String mark) {

	public static final ServerScope DEFAULT = new ServerScope("");

	/**
	 * With a dot: the ids of the SDK are UUIDs, of which one could begin like a mark and
	 * a hyphen.
	 */
	private static final Pattern MARKED_ID = Pattern.compile("[0-9a-f]{8}\\..*");

	private static final Pattern MARKED_TOPIC = Pattern.compile("@[0-9a-f]{8} .*", Pattern.DOTALL);

	public static ServerScope of(String endpoint) {
		return new ServerScope(SessionIds.mask(endpoint));
	}

	/**
	 * What the ids of records begin with that are not of sessions but of callers. The
	 * last of the characters that ids have, so that they come last in a list.
	 */
	private static final String CALLER = "~";

	/**
	 * The id of the record in which the attributes of a caller are kept. Does not reveal
	 * who that is.
	 */
	static String callerId(String caller) {
		return CALLER + SessionIds.hash(caller);
	}

	/**
	 * Whether an id is that of the record of a caller. No session has such an id, whoever
	 * names it.
	 */
	static boolean isCallerId(String id) {
		return id.startsWith(CALLER);
	}

	private boolean isDefault() {
		return this.mark.isEmpty();
	}

	/**
	 * The id of a new session.
	 * @param id the id that the SDK made up
	 */
	public String idOf(String id) {
		return isDefault() ? id : this.mark + '.' + id;
	}

	/**
	 * Whether a session id is one of this server.
	 */
	public boolean hasId(String id) {
		return isDefault() ? !MARKED_ID.matcher(id).matches() && !isCallerId(id) : id.startsWith(this.mark + '.');
	}

	/**
	 * The log of all as it is for this server, which has announcements of its own.
	 */
	public EventLog eventLog(EventLog log) {
		return new ScopedEventLog(log, this);
	}

	private String topicOf(String topic) {
		return isDefault() ? topic : '@' + this.mark + ' ' + topic;
	}

	private boolean hasTopic(String topic) {
		return isDefault() ? !MARKED_TOPIC.matcher(topic).matches() : topic.startsWith(topicOf(""));
	}

	private record ScopedEventLog(EventLog log, ServerScope scope) implements EventLog {

		@Override
		public WriteResult write(String sessionId, StreamWrite write) {
			return this.log.write(sessionId, write);
		}

		@Override
		public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
			return this.log.read(sessionId, stream, after, limit);
		}

		@Override
		public Optional<StreamState> setReader(String sessionId, String stream, @Nullable String reader) {
			return this.log.setReader(sessionId, stream, reader);
		}

		@Override
		public void delivered(String sessionId, String stream, long position, long announced) {
			this.log.delivered(sessionId, stream, position, announced);
		}

		@Override
		public long announce(String topic, String message) {
			return this.log.announce(this.scope.topicOf(topic), message);
		}

		@Override
		public List<Announcement> announcementsAfter(long number) {
			return this.log.announcementsAfter(number)
				.stream()
				.filter((found) -> this.scope.hasTopic(found.topic()))
				.map((found) -> new Announcement(found.number(),
						found.topic().substring(this.scope.topicOf("").length()), found.message()))
				.toList();
		}

	}

}
