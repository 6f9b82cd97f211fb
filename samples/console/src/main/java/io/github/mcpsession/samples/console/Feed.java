package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.json.JsonMapper;

/**
 * Sends to every open page what happens: the state of the nodes when it changes, and each
 * request when it is answered. Any thread may publish.
 */
final class Feed {

	private static final int CAPACITY = 1000;

	private static final JsonMapper json = new JsonMapper();

	private final Set<BlockingQueue<String>> pages = ConcurrentHashMap.newKeySet();

	private volatile String state = "";

	/**
	 * A request that the round robin has sent to a node.
	 *
	 * @param side which of the two clusters
	 * @param node the letter of the node, or a hyphen if there was none
	 * @param http the HTTP method
	 * @param what the JSON-RPC method, if there is one
	 * @param status the HTTP status of the response
	 */
	record Request(String side, String node, String http, String what, int status) {
	}

	void publish(Request request) {
		send(event("request", request));
	}

	void publishState(Object state) {
		String event = event("state", state);
		if (!event.equals(this.state)) {
			this.state = event;
			send(event);
		}
	}

	private static String event(String name, Object data) {
		return "event: %s\ndata: %s\n\n".formatted(name, json.writeValueAsString(data));
	}

	private void send(String event) {
		// a page that does not read is dropped
		this.pages.removeIf((page) -> !page.offer(event));
	}

	/**
	 * Send events to a page until it is closed, on the calling thread.
	 */
	void follow(OutputStream out) throws IOException, InterruptedException {
		BlockingQueue<String> page = new ArrayBlockingQueue<>(CAPACITY);
		this.pages.add(page);
		try {
			write(out, this.state);
			while (this.pages.contains(page)) {
				String event = page.poll(5, TimeUnit.SECONDS);
				write(out, (event != null) ? event : ":\n\n");
			}
		}
		finally {
			this.pages.remove(page);
		}
	}

	private static void write(OutputStream out, String text) throws IOException {
		out.write(text.getBytes(StandardCharsets.UTF_8));
		out.flush();
	}

}
