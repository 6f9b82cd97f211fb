package io.github.mcpsession.autoconfigure;

import java.util.Arrays;
import java.util.List;

import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;

/**
 * Finds the transport whose sessions are managed without the application having to say
 * so.
 */
final class DefaultTransport {

	private static final String OURS = "mcpSessionTransportProvider";

	private static final String SPRING_AI = "webMvcStreamableServerTransportProvider";

	private DefaultTransport() {
	}

	/**
	 * Find the transport: the only one, or that of Spring AI, or the only one that is
	 * injected by its type alone.
	 */
	static McpStreamableServerTransportProvider find(ConfigurableListableBeanFactory beanFactory) {
		List<String> names = Arrays
			.stream(beanFactory.getBeanNamesForType(McpStreamableServerTransportProvider.class, true, false))
			.filter((name) -> !name.equals(OURS))
			.toList();
		List<String> candidates = (names.size() == 1) ? names : names.stream().filter(SPRING_AI::equals).toList();
		if (candidates.isEmpty()) {
			candidates = names.stream().filter((name) -> isDefaultCandidate(beanFactory, name)).toList();
		}
		if (candidates.size() != 1) {
			throw new InvalidSessionConfigurationException(
					"The application has several Streamable HTTP transports, and none of them is the default: "
							+ String.join(", ", names) + ".",
					"Declare all but one of them with @Bean(defaultCandidate = false), and build the servers of those "
							+ "on what SessionTransports.manage(...) returns; or set 'mcp.session.enabled=false'.",
					null);
		}
		return beanFactory.getBean(candidates.get(0), McpStreamableServerTransportProvider.class);
	}

	private static boolean isDefaultCandidate(ConfigurableListableBeanFactory beanFactory, String name) {
		if (!beanFactory.containsBeanDefinition(name)) {
			return true;
		}
		BeanDefinition definition = beanFactory.getMergedBeanDefinition(name);
		return definition.isAutowireCandidate() && !definition.isFallback()
				&& (!(definition instanceof AbstractBeanDefinition bean) || bean.isDefaultCandidate());
	}

}
