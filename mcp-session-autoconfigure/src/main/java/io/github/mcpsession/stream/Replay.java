package io.github.mcpsession.stream;

import java.io.Serializable;
import java.util.List;

/**
 * What was read of a stream.
 *
 * @param state the state of the stream
 * @param events the events, oldest first
 * @since 0.1.0
 */
public record Replay(StreamState state, List<LoggedEvent> events) implements Serializable {

	public Replay {
		events = List.copyOf(events);
	}

}
