package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections on which something was sent and nothing came back in time. Lettuce
 * opens them again, and looks where the master is now. Without this, it would go on
 * writing to a server that hangs, or whose host is gone, though another one has long
 * taken over.
 */
final class UnansweredCommandHandler implements NettyCustomizer {

	private final NettyCustomizer application;

	private final Duration timeout;

	/**
	 * Those that are open.
	 */
	private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	/**
	 * Create a customizer.
	 * @param application the customizer of the application
	 * @param timeout how long a connection may be silent
	 */
	UnansweredCommandHandler(NettyCustomizer application, Duration timeout) {
		this.application = application;
		this.timeout = timeout;
	}

	@Override
	public void afterBootstrapInitialized(Bootstrap bootstrap) {
		this.application.afterBootstrapInitialized(bootstrap);
	}

	@Override
	public void afterChannelInitialized(Channel channel) {
		this.application.afterChannelInitialized(channel);
		channel.pipeline().addFirst(new Closer(this.timeout));
		this.channels.add(channel);
	}

	/**
	 * Close all connections, so that they are opened again.
	 */
	void closeAll() {
		this.channels.close();
	}

	/**
	 * Belongs to one connection, and to the thread of its event loop.
	 */
	private static final class Closer extends ChannelDuplexHandler {

		private final Duration timeout;

		private @Nullable Future<?> end;

		Closer(Duration timeout) {
			this.timeout = timeout;
		}

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
			if (this.end == null) {
				this.end = context.executor()
					.schedule(() -> context.close(), this.timeout.toNanos(), TimeUnit.NANOSECONDS);
			}
			super.write(context, message, promise);
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
			cancel();
			super.channelRead(context, message);
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) throws Exception {
			cancel();
			super.channelInactive(context);
		}

		private void cancel() {
			if (this.end != null) {
				this.end.cancel(false);
				this.end = null;
			}
		}

	}

}
