package io.github.mcpsession.samples.hazelcast;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;

/**
 * Two members of one cluster, started when first needed.
 */
final class Members {

	private static final List<HazelcastInstance> BOTH = start(UUID.randomUUID().toString());

	private static int next;

	private Members() {
	}

	private static List<HazelcastInstance> start(String cluster) {
		int port = freePort();
		return Stream.generate(() -> HazelcastConfiguration.configuration(cluster, port, "127.0.0.1:" + port))
			.limit(2)
			.map(Hazelcast::newHazelcastInstance)
			.toList();
	}

	static int freePort() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A member, each time another one than before.
	 */
	static synchronized HazelcastInstance next() {
		next++;
		return BOTH.get(next % BOTH.size());
	}

}
