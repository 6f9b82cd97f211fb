package io.github.mcpsession.server;

/**
 * The MCP SDK on the class path is not built as this library needs it to be.
 */
public class UnsupportedSdkException extends RuntimeException {

	/**
	 * The versions of mcp-core that this library was tested with.
	 */
	public static final String SUPPORTED_VERSIONS = "2.0.0 to 2.1.0";

	private final String foundVersion;

	UnsupportedSdkException(String difference, String foundVersion) {
		super("mcp-core " + foundVersion + " is not supported: " + difference);
		this.foundVersion = foundVersion;
	}

	/**
	 * The version that was found.
	 * @return the version, or "unknown"
	 */
	public String getFoundVersion() {
		return this.foundVersion;
	}

}
