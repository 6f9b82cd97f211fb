package io.github.mcpsession.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and a server on this machine, so that a test can cut the line.
 * One thread accepts, and two copy for each connection; all end with their sockets.
 */
public final class TcpProxy implements AutoCloseable {

	private volatile int target;

	private volatile Duration delay = Duration.ZERO;

	private final ServerSocket server;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	/**
	 * Those on which nothing ever comes through any more.
	 */
	private final Set<Socket> silent = ConcurrentHashMap.newKeySet();

	private boolean cut;

	private boolean mute;

	public TcpProxy(int target) {
		this.target = target;
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start(this::accept);
	}

	public int port() {
		return this.server.getLocalPort();
	}

	/**
	 * Let new connections go to another server.
	 */
	public void target(int port) {
		this.target = port;
	}

	/**
	 * Reset all connections, and new ones too.
	 */
	public synchronized void cut() {
		this.cut = true;
		this.sockets.forEach(TcpProxy::reset);
		this.sockets.clear();
	}

	/**
	 * Keep all connections open, and new ones too, and let nothing through, as a host
	 * that has vanished.
	 */
	public synchronized void silence() {
		this.mute = true;
		this.silent.addAll(this.sockets);
	}

	/**
	 * Let new connections through again. Those that are silent stay so.
	 */
	public synchronized void heal() {
		this.cut = false;
		this.mute = false;
	}

	/**
	 * Have whatever is sent take its time.
	 */
	public void delay(Duration delay) {
		this.delay = delay;
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		cut();
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				connect(this.server.accept());
			}
			catch (IOException ex) {
				// closed, or the target refuses
			}
		}
	}

	private synchronized void connect(Socket client) throws IOException {
		if (this.cut) {
			reset(client);
			return;
		}
		this.sockets.add(client);
		if (this.mute) {
			return;
		}
		try {
			Socket forward = new Socket(InetAddress.getLoopbackAddress(), this.target);
			this.sockets.add(forward);
			start(() -> copy(client, forward));
			start(() -> copy(forward, client));
		}
		catch (IOException ex) {
			reset(client);
			throw ex;
		}
	}

	private void copy(Socket from, Socket to) {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] buffer = new byte[8192];
			for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
				pause(this.delay);
				if (!this.silent.contains(from)) {
					out.write(buffer, 0, length);
				}
			}
		}
		catch (IOException ex) {
			// one of the two was closed
		}
		this.sockets.remove(from);
		this.silent.remove(from);
	}

	private static void pause(Duration duration) {
		try {
			Thread.sleep(duration.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "tcp-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void reset(Socket socket) {
		try (socket) {
			socket.setSoLinger(true, 0);
		}
		catch (IOException ex) {
			// it is to be gone anyway
		}
	}

}
