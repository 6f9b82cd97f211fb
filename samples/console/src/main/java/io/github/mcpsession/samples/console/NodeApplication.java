package io.github.mcpsession.samples.console;

import java.io.IOException;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerPortFileWriter;

/**
 * An MCP server, of which the console starts five: three with managed sessions, and two
 * without.
 */
@SpringBootApplication
public class NodeApplication {

	public static void main(String[] args) {
		Thread watch = new Thread(NodeApplication::endWithConsole, "console");
		watch.setDaemon(true);
		watch.start();
		SpringApplication application = new SpringApplication(NodeApplication.class);
		// the system property 'portfile' says where
		application.addListeners(new WebServerPortFileWriter());
		application.run(args);
	}

	/**
	 * The standard input is a pipe from the console, which ends when that does, however
	 * it ends.
	 */
	private static void endWithConsole() {
		try {
			while (System.in.read() >= 0) {
				// nothing is ever sent
			}
		}
		catch (IOException ex) {
			// the same
		}
		Runtime.getRuntime().halt(1);
	}

}
