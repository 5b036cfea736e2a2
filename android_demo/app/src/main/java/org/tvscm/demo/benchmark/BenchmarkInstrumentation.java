package org.tvscm.demo.benchmark;

import android.app.Activity;
import android.app.Instrumentation;
import android.content.pm.PackageManager;
import android.net.LocalServerSocket;
import android.net.LocalSocket;
import android.os.Bundle;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.json.JSONObject;
import org.tvscm.demo.energy.Battery;
import org.tvscm.demo.inference.LiteRtRunner;
import org.tvscm.demo.inference.Runner;

/**
 * Serves the harness over adb: {@code am instrument -w -r
 * org.tvscm.demo/org.tvscm.demo.benchmark.BenchmarkInstrumentation}.
 *
 * <p>Its status names an abstract local socket, which needs no permission; adb reaches it as {@code
 * localabstract:NAME}. It serves one connection, and ends with it.
 */
public final class BenchmarkInstrumentation extends Instrumentation {
    @Override
    public void onCreate(Bundle arguments) {
        super.onCreate(arguments);
        start();
    }

    @Override
    public void onStart() {
        Bundle result = new Bundle();
        int code = Activity.RESULT_OK;
        // No name of before: adb may still hold a connection to it.
        String name = "tvscm-" + System.nanoTime();
        try (LocalServerSocket listening = new LocalServerSocket(name)) {
            Bundle status = new Bundle();
            status.putString("socket", name);
            sendStatus(1, status);
            try (LocalSocket socket = listening.accept()) {
                Messages messages =
                        new Messages(socket.getInputStream(), socket.getOutputStream());
                new Server(messages, BenchmarkInstrumentation::load, this::battery, version())
                        .serve();
            }
        } catch (IOException error) {
            result.putString("error", error.toString());
            code = Activity.RESULT_CANCELED;
        }
        finish(code, result);
    }

    private static Runner load(ByteBuffer model, String kernels, int threads) {
        switch (kernels) {
            case "xnnpack":
                return new LiteRtRunner(model, true, threads);
            case "builtin":
                return new LiteRtRunner(model, false, threads);
            default:
                throw new IllegalArgumentException("unknown kernels " + kernels);
        }
    }

    private JSONObject battery() {
        return new JSONObject(new Battery(getTargetContext()).read().toMap());
    }

    private String version() {
        try {
            String name = getTargetContext().getPackageName();
            return getTargetContext().getPackageManager().getPackageInfo(name, 0).versionName;
        } catch (PackageManager.NameNotFoundException error) {
            throw new IllegalStateException(error);
        }
    }
}
