package io.github.mcpsession.metrics;

import java.lang.reflect.Proxy;
import java.util.Locale;

import io.github.mcpsession.SessionStore;

import org.springframework.util.ClassUtils;

/**
 * What stores are called in metrics and health.
 */
public final class StoreNames {

	private static final String CUSTOM = "custom";

	private static final String SUFFIX = "SessionStore";

	private StoreNames() {
	}

	/**
	 * The name of a store: what its class is called, without "SessionStore".
	 */
	public static String of(SessionStore store) {
		if (Proxy.isProxyClass(store.getClass())) {
			return CUSTOM;
		}
		String name = ClassUtils.getUserClass(store).getSimpleName();
		name = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
		return name.isEmpty() ? CUSTOM : name.toLowerCase(Locale.ROOT);
	}

}
