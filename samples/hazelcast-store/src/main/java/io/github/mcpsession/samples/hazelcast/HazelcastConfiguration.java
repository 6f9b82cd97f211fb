package io.github.mcpsession.samples.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.IndexConfig;
import com.hazelcast.config.IndexType;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.github.mcpsession.stream.StreamSettings;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A member of the cluster, and the three beans that replace the store of mcp-session.
 */
@Configuration(proxyBeanMethods = false)
class HazelcastConfiguration {

	@Bean(destroyMethod = "shutdown")
	HazelcastInstance hazelcast(@Value("${hazelcast.cluster:mcp}") String cluster,
			@Value("${hazelcast.port:5701}") int port, @Value("${hazelcast.members:127.0.0.1}") String members) {
		return Hazelcast.newHazelcastInstance(configuration(cluster, port, members));
	}

	@Bean
	HazelcastSessionStore sessionStore(HazelcastInstance hazelcast, @Value("${spring.application.name}") String name) {
		return new HazelcastSessionStore(hazelcast, name);
	}

	@Bean
	HazelcastEventLog eventLog(HazelcastInstance hazelcast, StreamSettings settings,
			@Value("${spring.application.name}") String name) {
		return new HazelcastEventLog(hazelcast, name, settings.limits());
	}

	@Bean
	HazelcastNodeChannel nodeChannel(HazelcastInstance hazelcast, @Value("${spring.application.name}") String name) {
		return new HazelcastNodeChannel(hazelcast, name);
	}

	/**
	 * Entries are objects on the member that owns them, so that a change to one costs as
	 * much as the change, and not as much as the entry. Only fields that never change may
	 * be indexed.
	 */
	static Config configuration(String cluster, int port, String members) {
		Config config = new Config();
		config.setClusterName(cluster);
		config.setProperty("hazelcast.phone.home.enabled", "false");
		config.setProperty("hazelcast.logging.type", "slf4j");
		config.getNetworkConfig().setPort(port);
		JoinConfig join = config.getNetworkConfig().getJoin();
		join.getAutoDetectionConfig().setEnabled(false);
		join.getMulticastConfig().setEnabled(false);
		join.getTcpIpConfig().setEnabled(true).addMember(members);
		config.addMapConfig(new MapConfig("mcp-*").setInMemoryFormat(InMemoryFormat.OBJECT));
		config.addMapConfig(new MapConfig("mcp-sessions-*").setInMemoryFormat(InMemoryFormat.OBJECT)
			.addIndexConfig(new IndexConfig(IndexType.SORTED, "order"))
			.addIndexConfig(new IndexConfig(IndexType.HASH, "principal")));
		return config;
	}

}
