package io.github.mcpsession.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Sends what an HTTP client would refuse to send. The connection is closed by the server
 * after the answer, so only what ends can be read.
 */
public final class RawSocket {

	private static final int PATIENCE_MILLIS = 20_000;

	private static final int MOMENT_MILLIS = 300;

	private RawSocket() {
	}

	/**
	 * An answer as it came.
	 *
	 * @param status the HTTP status
	 * @param head status line and headers
	 * @param body the body, chunks and all
	 */
	public record Answer(int status, String head, String body) {

		public Optional<String> header(String name) {
			return this.head.lines()
				.filter((line) -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
				.map((line) -> line.substring(name.length() + 1).strip())
				.findFirst();
		}

	}

	/**
	 * Send a request.
	 * @param method the method
	 * @param headers whole lines, each sent as it is, in UTF-8; there are Content-Type
	 * and Accept besides
	 * @param body the body
	 */
	public static Answer send(URI node, String method, List<String> headers, String body) {
		byte[] content = body.getBytes(StandardCharsets.UTF_8);
		StringBuilder head = new StringBuilder(method + " " + node.getRawPath() + " HTTP/1.1\r\n");
		if (headers.stream().noneMatch((line) -> line.startsWith("Host:"))) {
			head.append("Host: ").append(node.getAuthority()).append("\r\n");
		}
		headers.forEach((line) -> head.append(line).append("\r\n"));
		head.append("Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n");
		head.append("Connection: close\r\n");
		if (content.length > 0) {
			head.append("Content-Length: ").append(content.length).append("\r\n");
		}
		head.append("\r\n");
		return send(node, head.toString().getBytes(StandardCharsets.UTF_8), content);
	}

	/**
	 * Send a GET, and await the head of the answer for a moment only.
	 * @return the answer; one without a body, and of status 0, if none came
	 */
	public static Answer head(URI node, List<String> headers) {
		try (Socket socket = new Socket(node.getHost(), node.getPort())) {
			socket.setSoTimeout(MOMENT_MILLIS);
			String lines = headers.stream().map((line) -> line + "\r\n").collect(Collectors.joining());
			socket.getOutputStream()
				.write(("GET " + node.getRawPath() + " HTTP/1.1\r\nHost: " + node.getAuthority()
						+ "\r\nAccept: text/event-stream\r\n" + lines + "\r\n")
					.getBytes(StandardCharsets.UTF_8));
			byte[] received = new byte[8192];
			int length = socket.getInputStream().read(received);
			return parse(Arrays.copyOf(received, length));
		}
		catch (SocketTimeoutException ex) {
			return new Answer(0, "", "");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Answer send(URI node, byte[] head, byte[] body) {
		try (Socket socket = new Socket(node.getHost(), node.getPort())) {
			socket.setSoTimeout(PATIENCE_MILLIS);
			OutputStream out = socket.getOutputStream();
			out.write(head);
			try {
				out.write(body);
				out.flush();
			}
			catch (IOException ex) {
				// refused before all was sent
			}
			return parse(read(socket.getInputStream()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static byte[] read(InputStream in) {
		ByteArrayOutputStream received = new ByteArrayOutputStream();
		try {
			in.transferTo(received);
		}
		catch (IOException ex) {
			// reset, because not all of the body was read
		}
		return received.toByteArray();
	}

	private static Answer parse(byte[] received) {
		String text = new String(received, StandardCharsets.UTF_8);
		int end = text.indexOf("\r\n\r\n");
		if (end < 0) {
			throw new IllegalStateException("No answer: " + Arrays.toString(received));
		}
		String head = text.substring(0, end);
		return new Answer(Integer.parseInt(head.split(" ", 3)[1]), head, text.substring(end + 4));
	}

}
