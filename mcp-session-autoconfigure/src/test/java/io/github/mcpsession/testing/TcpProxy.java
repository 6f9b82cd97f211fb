package io.github.mcpsession.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and a server on this machine, so that a test can cut the line.
 * One thread accepts, and two copy for each connection; all end with their sockets.
 */
public final class TcpProxy implements AutoCloseable {

	private final int target;

	private final int port = TestServers.freePort();

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private ServerSocket server;

	public TcpProxy(int target) {
		this.target = target;
		heal();
	}

	public int port() {
		return this.port;
	}

	/**
	 * Close all connections, and refuse new ones.
	 */
	public synchronized void cut() {
		closeQuietly(this.server);
		this.sockets.forEach(TcpProxy::closeQuietly);
		this.sockets.clear();
	}

	/**
	 * Accept connections (again).
	 */
	public synchronized void heal() {
		try {
			ServerSocket opened = new ServerSocket();
			opened.setReuseAddress(true);
			opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port));
			this.server = opened;
			start(() -> accept(opened));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		cut();
	}

	private void accept(ServerSocket from) {
		while (!from.isClosed()) {
			try {
				connect(from, from.accept());
			}
			catch (IOException ex) {
				// closed, or the target refuses
			}
		}
	}

	private synchronized void connect(ServerSocket from, Socket client) throws IOException {
		if (from.isClosed()) {
			client.close();
			return;
		}
		this.sockets.add(client);
		try {
			Socket forward = new Socket(InetAddress.getLoopbackAddress(), this.target);
			this.sockets.add(forward);
			start(() -> copy(client, forward));
			start(() -> copy(forward, client));
		}
		catch (IOException ex) {
			client.close();
			throw ex;
		}
	}

	private void copy(Socket from, Socket to) {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			in.transferTo(out);
		}
		catch (IOException ex) {
			// one of the two was closed
		}
		this.sockets.remove(from);
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "tcp-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void closeQuietly(AutoCloseable closeable) {
		try {
			closeable.close();
		}
		catch (Exception ex) {
			// it is to be gone anyway
		}
	}

}
