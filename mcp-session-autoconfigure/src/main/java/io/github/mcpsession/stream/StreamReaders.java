package io.github.mcpsession.stream;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who reads the streams of calls live: the resumed streams of this node, and messages to
 * those of others. A reader is named by its node and a token. Thread-safe.
 */
final class StreamReaders {

	private static final Logger logger = LoggerFactory.getLogger(StreamReaders.class);

	private static final char SEPARATOR = '/';

	private final Node node;

	private final String scope;

	private final Map<String, ResumedStream> readers = new ConcurrentHashMap<>();

	StreamReaders(Node node, String scope) {
		this.node = node;
		this.scope = scope;
		node.on(scope, MessageType.APPENDED, this::onReaderMessage);
		node.on(scope, MessageType.STOP_READING, this::onReaderMessage);
	}

	Collection<ResumedStream> here() {
		return this.readers.values();
	}

	/**
	 * Have a stream become the reader of what it resumes, in the place of another.
	 * @param opener makes the stream, with the name of the reader
	 * @return the stream; {@code null} if the session has no such stream
	 * @throws SessionStoreException if the log cannot be reached
	 */
	@Nullable ResumedStream register(Function<String, ResumedStream> opener) {
		String token = UUID.randomUUID().toString();
		ResumedStream stream = opener.apply(this.node.name() + SEPARATOR + token);
		// first: once it is the reader there may be messages for it
		this.readers.put(token, stream);
		Optional<StreamState> before = Optional.empty();
		try {
			before = stream.becomeReader();
		}
		finally {
			if (before.isEmpty()) {
				this.readers.remove(token);
			}
		}
		String replaced = before.map(StreamState::reader).orElse(null);
		if (replaced != null) {
			send(stream.sessionId, replaced, (name) -> NodeMessage.stopReading(this.scope, stream.sessionId, name));
		}
		return before.isPresent() ? stream : null;
	}

	void remove(ResumedStream stream) {
		this.readers.values().remove(stream);
	}

	/**
	 * A stream was written to.
	 * @param sessionId the session id
	 * @param reader who reads the stream
	 */
	void sendAppended(String sessionId, String reader) {
		send(sessionId, reader, (token) -> NodeMessage.appended(this.scope, sessionId, token));
	}

	private void send(String sessionId, String reader, Function<String, NodeMessage> toMessage) {
		int separator = reader.indexOf(SEPARATOR);
		String readsOn = reader.substring(0, Math.max(separator, 0));
		NodeMessage message = toMessage.apply(reader.substring(separator + 1));
		if (readsOn.equals(this.node.name())) {
			this.node.run(sessionId, () -> onReaderMessage(message));
			return;
		}
		try {
			this.node.send(readsOn, message);
		}
		catch (SessionStoreException ex) {
			logger.debug("A node got no message about a stream that it reads", ex);
		}
	}

	private void onReaderMessage(NodeMessage message) {
		ResumedStream stream = (message.stream() != null) ? this.readers.get(message.stream()) : null;
		if (stream != null && message.type() == MessageType.APPENDED) {
			stream.catchUp();
		}
		else if (stream != null) {
			stream.disconnect();
		}
	}

}
