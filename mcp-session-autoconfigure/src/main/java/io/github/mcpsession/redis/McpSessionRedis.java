package io.github.mcpsession.redis;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Qualifier of the
 * {@link org.springframework.data.redis.connection.RedisConnectionFactory} to the Redis
 * that sessions are kept in, for an application that has another one for its own data.
 * Without such a bean sessions are kept where the application's only, or primary,
 * {@code RedisConnectionFactory} connects to.
 *
 * @since 0.1.0
 * @see io.github.mcpsession.McpSessionDataSource
 */
@Target({ ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER, ElementType.TYPE, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Qualifier
public @interface McpSessionRedis {

}
