using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// SignalR's JSON protocol with two stricter reading rules. A message of an unknown type closes the connection; SignalR would stop
/// processing further messages until the connection ends. A call whose arguments do not bind reaches its method without an argument, so it
/// is counted and answered like every other malformed call; SignalR would return its own error text.
/// </summary>
internal sealed class StrictHubProtocol(JsonHubProtocol inner) : IHubProtocol
{
    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var length = input.Length;
        if (inner.TryParseMessage(ref input, binder, out message))
        {
            message = message is InvocationBindingFailureMessage { BindingFailure.SourceException: InvalidDataException } failure
                ? WithoutArgument(failure)
                : message;

            return true;
        }

        // SignalR has consumed the message, but does not know its type.
        if (input.Length < length)
            throw new InvalidDataException("The type of the message is unknown.");

        return false;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    /// <summary>Every hub method has one JSON argument; an undefined element replaces arguments that did not bind.</summary>
    private static InvocationMessage WithoutArgument(InvocationBindingFailureMessage failure) =>
        new(failure.InvocationId, failure.Target, [default(JsonElement)]);
}
