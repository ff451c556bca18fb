using Grpc.Core.Interceptors;

namespace Grpc.Core;

/// <summary>Base of generated clients, which knows its own type.</summary>
public abstract class ClientBase<T> : ClientBase where T : ClientBase<T>
{
    protected ClientBase() { }

    protected ClientBase(ChannelBase channel) : base(channel) { }

    protected ClientBase(CallInvoker callInvoker) : base(callInvoker) { }

    protected ClientBase(ClientBaseConfiguration configuration) : base(configuration) { }

    /// <summary>The same client with another <c>host</c> for its calls.</summary>
    public T WithHost(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return NewInstance(new ClientBaseConfiguration(Configuration.Invoker, host));
    }

    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}

/// <summary>Base of generated clients.</summary>
public abstract class ClientBase
{
    /// <summary>For test doubles, which override every method and make no call.</summary>
    protected ClientBase() : this(new NoCallInvoker()) { }

    protected ClientBase(ChannelBase channel) : this(channel.CreateCallInvoker()) { }

    protected ClientBase(CallInvoker callInvoker) : this(new ClientBaseConfiguration(callInvoker, null)) { }

    protected ClientBase(ClientBaseConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Configuration = configuration;
        CallInvoker = configuration.Host is { } host
            ? configuration.Invoker.Intercept(new HostInterceptor(host))
            : configuration.Invoker;
    }

    /// <summary>Starts the client's calls, with the client's host if it has one.</summary>
    protected CallInvoker CallInvoker { get; }

    internal ClientBaseConfiguration Configuration { get; }

    /// <summary>What one client hands to the next that is made from it.</summary>
    protected internal class ClientBaseConfiguration
    {
        internal ClientBaseConfiguration(CallInvoker invoker, string? host)
        {
            ArgumentNullException.ThrowIfNull(invoker);
            (Invoker, Host) = (invoker, host);
        }

        internal CallInvoker Invoker { get; }

        internal string? Host { get; }
    }

    private sealed class NoCallInvoker : CallInvoker
    {
        private static NotImplementedException NoChannel => new("This client was made without a channel.");

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw NoChannel;

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw NoChannel;

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw NoChannel;

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            throw NoChannel;

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            throw NoChannel;
    }
}
