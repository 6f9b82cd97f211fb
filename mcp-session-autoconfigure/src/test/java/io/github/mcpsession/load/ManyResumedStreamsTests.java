package io.github.mcpsession.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Following streams takes no threads.
 */
class ManyResumedStreamsTests {

	private static final int SESSIONS = 20;

	private static final int STREAMS = 50;

	@Test
	void aThousandStreamsAreFollowedWithHardlyAnyThreads() throws Exception {
		List<String> properties = new ArrayList<>(TestServers.redisProperties());
		properties.add("mcp.session.namespace=many-streams");
		List<Socket> sockets = new ArrayList<>();
		try (Node a = Node.start("A", properties); ProcessNode b = ProcessNode.start("B", properties)) {
			EventLog log = a.bean(EventLog.class);
			List<String> sessions = new ArrayList<>();
			RawClient client = null;
			for (int i = 0; i < SESSIONS; i++) {
				client = new RawClient().initialize(b.uri());
				sessions.add(client.sessionId());
			}
			for (int i = 0; i < 100; i++) {
				client.call(b.uri(), "node");
			}
			int before = Integer.parseInt(client.call(b.uri(), "threads"));
			for (String session : sessions) {
				for (int i = 0; i < STREAMS; i++) {
					log.write(session, StreamWrite.toCall("c" + i, a.nodeName(), "7", 0, null, false));
					sockets.add(resume(b, session, "c" + i + "_0"));
				}
			}
			int after = Integer.parseInt(client.call(b.uri(), "threads"));
			System.out.printf("%d streams followed: %d threads before, %d after%n", sockets.size(), before, after);
			assertThat(after - before).isLessThan(20);
			for (String session : sessions) {
				for (int i = 0; i < STREAMS; i++) {
					log.write(session, StreamWrite.toCall("c" + i, a.nodeName(), "7", 1,
							"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"n\":" + i + "}}", true));
				}
			}
			for (int i = 0; i < sockets.size(); i++) {
				assertThat(readToEnd(sockets.get(i))).contains("\"n\":" + i % STREAMS + "}");
			}
			assertThat(Integer.parseInt(client.call(b.uri(), "threads")) - before).isLessThan(20);
		}
		finally {
			for (Socket socket : sockets) {
				socket.close();
			}
		}
	}

	private static Socket resume(ProcessNode node, String session, String lastEventId) throws IOException {
		Socket socket = new Socket("127.0.0.1", node.port());
		socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
		socket.getOutputStream().write("""
				GET /mcp HTTP/1.1\r
				Host: localhost\r
				Connection: close\r
				Accept: text/event-stream\r
				Mcp-Session-Id: %s\r
				Last-Event-ID: %s\r
				\r
				""".formatted(session, lastEventId).getBytes(StandardCharsets.US_ASCII));
		byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
		assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
		return socket;
	}

	private static String readToEnd(Socket socket) throws IOException {
		StringBuilder text = new StringBuilder();
		BufferedReader reader = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
		for (String line = reader.readLine(); line != null; line = reader.readLine()) {
			text.append(line).append('\n');
		}
		return text.toString();
	}

}
