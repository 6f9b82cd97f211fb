package io.github.mcpsession.autoconfigure;

import java.util.List;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionRecordCodec;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.ClassUtils;

/**
 * What a native image needs, besides the private members of the SDK: the types that are
 * written as JSON, the proxies that guard the store, the scripts that create tables, and
 * classes that are looked for by name. Not the types of session attributes, which are the
 * application's.
 */
final class SessionRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.resources().registerPattern("io/github/mcpsession/jdbc/*.sql");
		BindingReflectionHintsRegistrar json = new BindingReflectionHintsRegistrar();
		json.registerReflectionHints(hints.reflection(), NodeMessage.class, Announcement.class, String[].class,
				ClassUtils.resolveClassName(SessionRecordCodec.class.getName() + "$Document", classLoader));
		json.registerReflectionHints(hints.reflection(), McpSchema.class.getDeclaredClasses());
		for (Class<?> guarded : List.of(SessionStore.class, ListableSessionStore.class, EventLog.class,
				NodeChannel.class)) {
			hints.proxies().registerJdkProxy(guarded);
			hints.reflection().registerType(guarded, MemberCategory.INVOKE_PUBLIC_METHODS);
		}
		hints.reflection().registerTypeIfPresent(classLoader, "io.micrometer.context.ContextSnapshotFactory");
		hints.reflection().registerTypeIfPresent(classLoader, "io.lettuce.core.RedisClient");
	}

}
