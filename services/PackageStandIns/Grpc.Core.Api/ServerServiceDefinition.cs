using System.ComponentModel;

namespace Grpc.Core;

/// <summary>A service's methods with their handlers, to be bound later.</summary>
public class ServerServiceDefinition
{
    private readonly List<Action<ServiceBinderBase>> methods;

    private ServerServiceDefinition(List<Action<ServiceBinderBase>> methods) => this.methods = methods;

    public static Builder CreateBuilder() => new();

    /// <summary>For servers: hands every method to the binder.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void BindService(ServiceBinderBase serviceBinder) => methods.ForEach(add => add(serviceBinder));

    /// <summary>Collects the methods of a <see cref="ServerServiceDefinition"/>.</summary>
    public class Builder
    {
        private readonly HashSet<string> names = [];
        private readonly List<Action<ServiceBinderBase>> methods = [];

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler)
            where TRequest : class where TResponse : class =>
            Add(method, binder => binder.AddMethod(method, handler));

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class where TResponse : class =>
            Add(method, binder => binder.AddMethod(method, handler));

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class where TResponse : class =>
            Add(method, binder => binder.AddMethod(method, handler));

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class where TResponse : class =>
            Add(method, binder => binder.AddMethod(method, handler));

        public ServerServiceDefinition Build() => new([.. methods]);

        private Builder Add(IMethod method, Action<ServiceBinderBase> add)
        {
            if (!names.Add(method.FullName))
                throw new ArgumentException($"The service has {method.FullName} already.", nameof(method));
            methods.Add(add);
            return this;
        }
    }
}

/// <summary>
/// Takes a service's methods, one by one; servers derive from it. A null handler asks the server to find its own.
/// </summary>
public class ServiceBinderBase
{
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        where TRequest : class where TResponse : class =>
        throw new NotImplementedException();

    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class where TResponse : class =>
        throw new NotImplementedException();

    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class where TResponse : class =>
        throw new NotImplementedException();

    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class where TResponse : class =>
        throw new NotImplementedException();
}
