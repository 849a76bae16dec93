using System.Diagnostics;

namespace RecordingService.Testing;

/// <summary>A real S3 API over HTTP on 127.0.0.1, with buckets and keys of its own, for one test or fixture.</summary>
/// <remarks>
/// It is the npm package <c>s3rver</c>, installed once into the folder <c>artifacts</c> of the repository, and run by Node. The server ends
/// with the process that started it, whatever becomes of that process. Wrong keys are refused with <c>InvalidAccessKeyId</c> or
/// <c>SignatureDoesNotMatch</c>, unknown buckets with <c>NoSuchBucket</c>. Buckets are addressed by path.
/// </remarks>
public sealed class S3Server : IAsyncDisposable
{
    private const string Package = "s3rver";
    private const string Version = "3.7.1";

    // The account that the package knows without configuration.
    private const string Account = "S3RVER";

    /// <summary>How xUnit v3 knows an exception that skips the running test; its own constant is not public.</summary>
    private const string SkipMark = "$XunitDynamicSkip$";

    private const string Listening = "listening on ";

    /// <summary>The package reads signatures of version 4 without checking them, so this does; and it ends with its standard input, so that a killed test process leaves no server behind.</summary>
    private const string Program = """
        const { createHash, createHmac } = require('crypto');
        const [package, secret, directory, ...buckets] = process.argv.slice(1);
        const S3rver = require(package);
        const configureBuckets = buckets.map(name => ({ name, configs: [] }));
        const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

        function isSigned(request) {
            const [path, query = ''] = request.url.split('?');
            const params = query.split('&').filter(part => part);
            const param = name => decodeURIComponent((params.find(part => part.startsWith(name + '=')) ?? '').slice(name.length + 1));
            const header = request.headers.authorization ?? '';
            const part = name => header.match(new RegExp(name + '=([^, ]+)'))?.[1] ?? param('X-Amz-' + name);
            const [credential, names, signature] = ['Credential', 'SignedHeaders', 'Signature'].map(part);
            if (!signature) {
                return !header && !query.includes('Signature=');
            }
            const [, ...scope] = credential.split('/');
            const canonical = [
                request.method,
                path,
                params.filter(part => !part.startsWith('X-Amz-Signature=')).map(part => (part.includes('=') ? part : part + '=')).sort().join('&'),
                ...names.split(';').map(name => name + ':' + (request.headers[name] ?? '').trim().replace(/ +/g, ' ')),
                '',
                names,
                request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
            ].join('\n');
            const digest = createHash('sha256').update(canonical).digest('hex');
            const time = request.headers['x-amz-date'] ?? param('X-Amz-Date');
            const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n');
            const key = scope.reduce(hmac, 'AWS4' + secret);
            return hmac(key, text).toString('hex') === signature;
        }

        const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
        const serve = server.callback.bind(server);
        server.callback = () => {
            const answer = serve();
            return (request, response) => {
                // Keys of strangers are for the package to refuse.
                const isOwner = new RegExp(secret + '(/|%2F)').test((request.headers.authorization ?? '') + request.url);
                if (!isOwner || isSigned(request)) {
                    answer(request, response);
                    return;
                }
                request.resume();
                response.writeHead(403, { 'Content-Type': 'application/xml' });
                response.end('<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>Check your key.</Message></Error>');
            };
        };
        server.run().then(({ port }) => console.log('listening on ' + port), error => { console.error(error); process.exit(1); });
        process.stdin.resume();
        process.stdin.on('end', () => process.exit());
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process node;
    private readonly DirectoryInfo data;

    private S3Server(Process node, DirectoryInfo data, int port)
    {
        (this.node, this.data) = (node, data);
        Endpoint = new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Gets the address of the API.</summary>
    public Uri Endpoint { get; }

    /// <summary>Gets the access key that opens every bucket.</summary>
    public string AccessKey { get; } = Account;

    /// <summary>Gets the secret key that goes with it.</summary>
    public string SecretKey { get; } = Account;

    /// <summary>Starts a server with empty buckets; skips the running test when Node or npm is missing.</summary>
    /// <exception cref="InvalidOperationException">The package could not be installed, or the server did not start.</exception>
    public static async Task<S3Server> StartAsync(params string[] buckets)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        var package = await InstallAsync();
        var data = Directory.CreateTempSubdirectory("s3-");
        // Builds of Node with a strict OpenSSL refuse the package's older hashes without the option.
        var node = Run(
            "node",
            data.FullName,
            ["--openssl-legacy-provider", "-e", Program, "--", package, Account, data.FullName, .. buckets]
        );
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        var line = await node.StandardOutput.ReadLineAsync(timeout.Token);
        if (line is null || !line.StartsWith(Listening, StringComparison.Ordinal))
        {
            var error = await node.StandardError.ReadToEndAsync(timeout.Token);
            throw new InvalidOperationException($"The S3 server did not start: {error}");
        }

        // What nobody reads would fill the pipe and stop the server.
        _ = node.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = node.StandardOutput.ReadToEndAsync(CancellationToken.None);
        return new S3Server(node, data, int.Parse(line.AsSpan(Listening.Length), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Stops the server and deletes what it stored.</summary>
    public async ValueTask DisposeAsync()
    {
        node.StandardInput.Close();
        await node.WaitForExitAsync();
        node.Dispose();
        data.Delete(recursive: true);
    }

    /// <summary>Installs the package where no other run of the tests has done so.</summary>
    /// <returns>Folder of the package.</returns>
    private static async Task<string> InstallAsync()
    {
        var cache = Path.Combine(RepositoryRoot(), "artifacts", "npm");
        var installed = Path.Combine(cache, $"{Package}-{Version}");
        var package = Path.Combine(installed, "node_modules", Package);
        if (Directory.Exists(package))
        {
            return package;
        }

        // Another test process may be at it: whoever is first moves its folder into place, whole.
        var own = Directory.CreateDirectory(Path.Combine(cache, $"{Path.GetRandomFileName()}"));
        await File.WriteAllTextAsync(Path.Combine(own.FullName, "package.json"), "{\"private\":true}");
        using var npm = Run(
            "npm",
            own.FullName,
            ["install", "--no-audit", "--no-fund", "--no-package-lock", "--no-save", $"{Package}@{Version}"]
        );
        npm.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        var output = npm.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = await npm.StandardError.ReadToEndAsync(timeout.Token);
        await output;
        await npm.WaitForExitAsync(timeout.Token);
        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException($"npm could not install {Package} {Version}: {error}");
        }

        try
        {
            Directory.Move(own.FullName, installed);
        }
        catch (IOException) when (Directory.Exists(package))
        {
            own.Delete(recursive: true);
        }

        return package;
    }

    private static Process Run(string program, string folder, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new InvalidOperationException($"{SkipMark}{program} is missing; tests against an S3 API need Node and npm.");
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RecordingService.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
