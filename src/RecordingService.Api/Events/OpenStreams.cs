using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RecordingService.Api.Access;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Events;

/// <summary>How many streams each key holds open on this replica. A request limit counts how often one is opened, and a stream has no end.</summary>
internal sealed class OpenStreams(IOptions<EventFeedOptions> options)
{
    private readonly ConcurrentDictionary<string, int> open = [];

    /// <summary>Takes a place for one more stream of a caller, until it is disposed of; null when there is none.</summary>
    public IDisposable? Enter(Caller caller)
    {
        // A key's id is never empty.
        var key = caller.KeyId ?? "";
        var most = MostOf(caller);
        while (true)
        {
            var count = open.GetOrAdd(key, 0);
            if (count >= most)
            {
                return null;
            }

            if (open.TryUpdate(key, count + 1, count))
            {
                return new Place(this, key);
            }
        }
    }

    /// <summary>How many a caller may hold open.</summary>
    public int MostOf(Caller caller) => caller.KeyId is null ? EventFeedOptions.MostStreams : options.Value.StreamsPerKey;

    private void Leave(string key)
    {
        while (open.TryGetValue(key, out var count))
        {
            // Keys come and go; those without a stream are not remembered.
            if (count == 1 ? open.TryRemove(new(key, count)) : open.TryUpdate(key, count - 1, count))
            {
                return;
            }
        }
    }

    private sealed class Place(OpenStreams streams, string key) : IDisposable
    {
        private int isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isLeft, 1) == 0)
            {
                streams.Leave(key);
            }
        }
    }
}
