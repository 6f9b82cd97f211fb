package io.github.mcpsession.testing;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * A release of the Java SDK from {@code target/clients}, where the build has put it. Its
 * classes come before those of the tests; what it has not, Reactor say, is that of the
 * tests.
 */
public final class EarlierSdk extends URLClassLoader {

	private static final List<String> OWN = List.of("io.modelcontextprotocol.", "com.fasterxml.jackson.",
			SdkClient.class.getName());

	private EarlierSdk(List<URL> urls) {
		super(urls.toArray(URL[]::new), EarlierSdk.class.getClassLoader());
	}

	public static EarlierSdk load(String version) {
		File[] jars = new File("target/clients/" + version).listFiles();
		if (jars == null) {
			throw new IllegalStateException("The build has not copied the SDK " + version);
		}
		try {
			List<URL> urls = new ArrayList<>();
			for (File jar : jars) {
				urls.add(jar.toURI().toURL());
			}
			urls.add(SdkClient.class.getProtectionDomain().getCodeSource().getLocation());
			return new EarlierSdk(urls);
		}
		catch (MalformedURLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A client of this release, which finds its JSON mapper by the thread's class loader.
	 */
	@SuppressWarnings("unchecked")
	public BiFunction<String, Map<String, Object>, Object> client(URI node, String userAgent) {
		ClassLoader before = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(this);
		try {
			return (BiFunction<String, Map<String, Object>, Object>) loadClass(SdkClient.class.getName())
				.getConstructor(URI.class, String.class)
				.newInstance(node, userAgent);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			Thread.currentThread().setContextClassLoader(before);
		}
	}

	@Override
	protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
		if (OWN.stream().noneMatch(name::startsWith)) {
			return super.loadClass(name, resolve);
		}
		synchronized (getClassLoadingLock(name)) {
			Class<?> loaded = findLoadedClass(name);
			if (loaded != null) {
				return loaded;
			}
			if (name.startsWith("com.fasterxml.") && findResource(name.replace('.', '/') + ".class") == null) {
				return super.loadClass(name, resolve);
			}
			return findClass(name);
		}
	}

	@Override
	public void close() {
		try {
			super.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
