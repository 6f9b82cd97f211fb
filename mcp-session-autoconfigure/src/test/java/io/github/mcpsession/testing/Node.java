package io.github.mcpsession.testing;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.SessionManager;
import io.github.mcpsession.server.NodeRuntime;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/**
 * A server in this JVM: an application context with a port of its own.
 */
public final class Node implements AutoCloseable {

	private final ServletWebServerApplicationContext context;

	private Node(ServletWebServerApplicationContext context) {
		this.context = context;
	}

	public static Node start(String name, List<String> properties, String... more) {
		return start(List.of(TestApplication.class), name, properties, more);
	}

	public static Node start(List<Class<?>> sources, String name, List<String> properties, String... more) {
		List<String> arguments = new ArrayList<>();
		properties.forEach((property) -> arguments.add("--" + property));
		Arrays.stream(more).forEach((property) -> arguments.add("--" + property));
		arguments.add("--test.node=" + name);
		Map<String, Object> defaults = TestApplication.defaults();
		return new Node(
				(ServletWebServerApplicationContext) new SpringApplicationBuilder(sources.toArray(Class<?>[]::new))
					.properties(defaults)
					.run(arguments.toArray(String[]::new)));
	}

	public URI uri() {
		return URI.create("http://127.0.0.1:" + this.context.getWebServer().getPort() + "/mcp");
	}

	public SessionManager manager() {
		return bean(SessionManager.class);
	}

	/**
	 * The name of this node in the cluster.
	 */
	public String nodeName() {
		return bean(NodeRuntime.class).nodeName();
	}

	public <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	@Override
	public void close() {
		this.context.close();
	}

}
