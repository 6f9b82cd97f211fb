package io.github.mcpsession.stream;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of an SSE event: {@code <stream>_<position>}. It is unique among all streams of
 * its session, on whichever node it was sent, and says nothing about the JSON-RPC message
 * in it.
 * <p>
 * On a listening stream it is {@code <stream>_<position>.<announced>}: announcements have
 * a numbering of their own, since they are not written once per session. One that was
 * overtaken by a later one has its own number at the end, which only makes it unique.
 *
 * @param stream the stream
 * @param position the position of the last event of the stream, which is this one unless
 * it is an announcement
 * @param announced the number of the last announcement, 0 if there was none
 * @since 0.1.0
 */
public record EventId(String stream, long position, long announced) {

	private static final Pattern PATTERN = Pattern
		.compile("([a-z0-9]{2,64})_(\\d{1,15})(?:\\.(\\d{1,15}))?(?:\\.\\d{1,15})?");

	/**
	 * Read what a client sent as {@code Last-Event-ID}.
	 * @param text the text
	 * @return the id; empty if it is none
	 */
	public static Optional<EventId> parse(String text) {
		Matcher matcher = PATTERN.matcher(text);
		if (!matcher.matches()) {
			return Optional.empty();
		}
		String announced = matcher.group(3);
		return Optional.of(new EventId(matcher.group(1), Long.parseLong(matcher.group(2)),
				(announced != null) ? Long.parseLong(announced) : 0));
	}

	@Override
	public String toString() {
		String id = this.stream + '_' + this.position;
		return (this.announced != 0) ? id + '.' + this.announced : id;
	}

}
