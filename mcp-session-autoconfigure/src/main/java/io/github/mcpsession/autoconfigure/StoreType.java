package io.github.mcpsession.autoconfigure;

/**
 * Where sessions can be kept.
 */
public enum StoreType {

	/**
	 * In the memory of this JVM.
	 */
	MEMORY,

	/**
	 * In Redis or Valkey, where spring.data.redis says.
	 */
	REDIS,

	/**
	 * In the database of the application's DataSource.
	 */
	JDBC

}
